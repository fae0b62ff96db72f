-- One row per node whose profile may change in this run: the profile it had, and the cluster it is in now (null: it belongs to nobody).
-- All nodes in a full run; else the nodes that moved, and all other nodes of the profiles that they touch.
-- depends_on: {{ ref('identity_components') }} {{ ref('identity_anchors') }} {{ ref('identity_nodes') }} {{ ref('identity_clusters') }}
{%- set run = identity_run() %}
{%- set previous = previous_relation('identity_map') %}
{%- if not previous %}
select
    clusters.node,
    nodes.node_type,
    cast(null as {{ dbt.type_string() }}) as old_profile_id,
    clusters.cluster
from {{ ref('identity_clusters') }} as clusters
join {{ ref('identity_nodes') }} as nodes on clusters.node = nodes.node
{%- elif not run.is_delta %}
select
    coalesce(clusters.node, previous.node) as node,
    coalesce(nodes.node_type, previous.node_type) as node_type,
    previous.profile_id as old_profile_id,
    clusters.cluster
from {{ ref('identity_clusters') }} as clusters
join {{ ref('identity_nodes') }} as nodes on clusters.node = nodes.node
full outer join {{ previous }} as previous on clusters.node = previous.node
{%- else %}
with

moved as (
    select node
    from {{ ref('identity_components') }}
    where seq > {{ run.done }}

    union

    select node
    from {{ ref('identity_anchors') }}
    where seq > {{ run.done }}
),

landed_in as (
    select distinct cluster
    from ({{ identity_clusters_of('moved') }}) as clusters
),

touched as (
    select previous.profile_id
    from {{ previous }} as previous
    join moved on previous.node = moved.node

    union

    select assignments.profile_id
    from {{ previous_relation('identity_assignments') }} as assignments
    join landed_in on assignments.cluster = landed_in.cluster
),

old_nodes as (
    select
        previous.node,
        previous.node_type,
        previous.profile_id
    from {{ previous }} as previous
    join touched on previous.profile_id = touched.profile_id
),

new_nodes as (
    select
        moved.node,
        nodes.node_type,
        cast(null as {{ dbt.type_string() }}) as profile_id
    from moved
    join {{ ref('identity_nodes') }} as nodes on moved.node = nodes.node
    left join old_nodes on moved.node = old_nodes.node
    where old_nodes.node is null
),

candidates as (
    select * from old_nodes
    union all
    select * from new_nodes
),

clusters as (
    {{ identity_clusters_of('candidates') }}
)

select
    candidates.node,
    candidates.node_type,
    candidates.profile_id as old_profile_id,
    clusters.cluster
from candidates
left join clusters on candidates.node = clusters.node
{%- endif %}
