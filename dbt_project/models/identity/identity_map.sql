-- One row per node that belongs to somebody. Everything joins through this map or through identity_records; events are never rewritten.
-- depends_on: {{ ref('identity_candidates') }} {{ ref('identity_moves') }} {{ ref('identity_merges') }} {{ ref('identity_clusters') }}
-- depends_on: {{ ref('identity_components') }} {{ ref('identity_anchors') }}
{{ config(post_hook="{{ log_identity_moves() }}", **identity_state_config('node')) }}
{%- set run = identity_run() %}
{%- if not run.is_delta %}
select
    nodes.node,
    nodes.node_type,
    nodes.node_value,
    assignments.profile_id,
    cast({{ run.seq }} as bigint) as seq,
    clusters.cluster
from {{ ref('identity_nodes') }} as nodes
join {{ ref('identity_clusters') }} as clusters on nodes.node = clusters.node
join {{ ref('identity_assignments') }} as assignments on clusters.cluster = assignments.cluster
{%- else %}
with

candidates as (
    select
        candidates.node,
        candidates.node_type,
        candidates.node_value,
        candidates.old_profile_id,
        candidates.old_cluster,
        candidates.cluster,
        assignments.profile_id
    from {{ ref('identity_candidates') }} as candidates
    left join {{ ref('identity_assignments') }} as assignments on candidates.cluster = assignments.cluster
),

-- clusters that got another id: of their nodes the candidates have only those that moved
renamed as (
    select
        cluster,
        profile_id
    from candidates
    where node is null and profile_id <> old_profile_id
),

stayed as (
    select
        node,
        node_type,
        node_value,
        cluster
    from {{ this }}
    where cluster in (select renamed.cluster from renamed)
),

changed as (
    select
        node,
        node_type,
        node_value,
        cluster,
        profile_id,
        old_cluster is null as is_added
    from candidates
    where
        node is not null
        and (
            coalesce(profile_id, '') <> coalesce(old_profile_id, '')
            or coalesce(cluster, -1) <> coalesce(old_cluster, -1)
        )

    union all

    select
        stayed.node,
        stayed.node_type,
        stayed.node_value,
        renamed.cluster,
        renamed.profile_id,
        false as is_added
    from stayed
    join renamed on stayed.cluster = renamed.cluster
    where not exists (select 1 from candidates where candidates.node = stayed.node)
)

select
    node,
    node_type,
    node_value,
    profile_id,
    cast({{ run.seq }} as bigint) as seq,
    cluster,
    is_added,
    profile_id is null as is_gone
from changed
{%- endif %}
