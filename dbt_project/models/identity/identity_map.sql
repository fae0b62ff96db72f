-- One row per node that belongs to somebody. Everything joins through this map or through identity_records; events are never rewritten.
-- depends_on: {{ ref('identity_candidates') }} {{ ref('identity_moves') }} {{ ref('identity_merges') }} {{ ref('identity_clusters') }}
{{ config(post_hook="{{ log_identity_moves() }}", **identity_state_config('node')) }}
{%- set run = identity_run() %}
{%- if not run.is_delta %}
select
    nodes.node,
    nodes.node_type,
    nodes.node_value,
    assignments.profile_id,
    cast({{ run.seq }} as bigint) as seq
from {{ ref('identity_nodes') }} as nodes
join {{ ref('identity_clusters') }} as clusters on nodes.node = clusters.node
join {{ ref('identity_assignments') }} as assignments on clusters.cluster = assignments.cluster
{%- else %}
with

changed as (
    select
        candidates.node,
        candidates.node_type,
        assignments.profile_id
    from {{ ref('identity_candidates') }} as candidates
    left join {{ ref('identity_assignments') }} as assignments on candidates.cluster = assignments.cluster
    where coalesce(assignments.profile_id, '') <> coalesce(candidates.old_profile_id, '')
),

named as (
    select
        node,
        node_value
    from {{ ref('identity_nodes') }}
    where node in (select changed.node from changed)
)

select
    changed.node,
    changed.node_type,
    named.node_value,
    changed.profile_id,
    cast({{ run.seq }} as bigint) as seq,
    changed.profile_id is null as is_gone
from changed
left join named on changed.node = named.node
{%- endif %}
