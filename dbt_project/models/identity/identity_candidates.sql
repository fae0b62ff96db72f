-- What the ids of this run are decided by: one row per node that moved (`nodes` is 1), the profile it had, and the cluster it is in now (null:
-- it belongs to nobody). A full run has all nodes; an incremental one has a row without a node for the nodes of a profile that stayed.
-- depends_on: {{ ref('identity_components') }} {{ ref('identity_anchors') }} {{ ref('identity_nodes') }} {{ ref('identity_clusters') }}
{%- set run = identity_run() %}
{%- set previous = previous_relation('identity_map') %}
{%- if not run.is_delta %}
select
    {{ 'coalesce(clusters.node, previous.node)' if previous else 'clusters.node' }} as node,
    {{ 'coalesce(nodes.node_type, previous.node_type)' if previous else 'nodes.node_type' }} as node_type,
    {{ 'previous.profile_id' if previous else 'cast(null as ' ~ dbt.type_string() ~ ')' }} as old_profile_id,
    cast(null as bigint) as old_cluster,
    clusters.cluster,
    1 as nodes,
    {{ identity_kind_counts('nodes.node_type') }}
from {{ ref('identity_clusters') }} as clusters
join {{ ref('identity_nodes') }} as nodes on clusters.node = nodes.node
{%- if previous %}
full outer join {{ previous }} as previous on clusters.node = previous.node
{%- endif %}
{%- else %}
with

moved_components as (
    select
        node,
        component
    from {{ ref('identity_components') }}
    where seq > {{ run.done }}
),

landed as (
    select
        components.node,
        coalesce(anchors.cluster, components.component) as cluster
    from moved_components as components
    left join (
        select
            node,
            cluster
        from {{ ref('identity_anchors') }}
        where cluster is not null and node in (select moved_components.node from moved_components)
    ) as anchors on components.node = anchors.node

    union all

    select
        anchors.node,
        coalesce(anchors.cluster, anchors.component) as cluster
    from {{ ref('identity_anchors') }} as anchors
    where
        anchors.seq > {{ run.done }}
        and not exists (select 1 from moved_components where moved_components.node = anchors.node)
),

-- a cluster of the map is one profile, and a number is read faster than a text
left_behind as (
    select
        node,
        cluster
    from {{ previous }}
    where node in (select landed.node from landed)
),

touched as (
    select cluster from left_behind
    union
    select cluster from landed where cluster is not null
),

standing as (
    {{ identity_standing_profiles(run, previous, 'touched') }}
),

types as (
    select
        node,
        node_type
    from {{ ref('identity_nodes') }}
    where node in (select landed.node from landed)
    {%- if 'erasures' in run.changed %}

    union

    select
        node,
        node_type
    from {{ previous }}
    where node in (select landed.node from landed)
    {%- endif %}
),

moved as (
    select
        types.node,
        types.node_type,
        standing.profile_id,
        left_behind.cluster as old_cluster,
        landed.cluster,
        {{ identity_kind_counts('types.node_type') }}
    from types
    left join left_behind on types.node = left_behind.node
    left join landed on types.node = landed.node
    left join standing on left_behind.cluster = standing.cluster
),

gone as (
    select
        old_cluster as cluster,
        count(*) as nodes,
        sum(identifiers) as identifiers,
        sum(known_people) as known_people
    from moved
    where old_cluster is not null
    group by 1
)

select
    node,
    node_type,
    profile_id as old_profile_id,
    old_cluster,
    cluster,
    1 as nodes,
    identifiers,
    known_people
from moved

union all

select
    cast(null as bigint) as node,
    cast(null as {{ dbt.type_string() }}) as node_type,
    standing.profile_id as old_profile_id,
    standing.cluster as old_cluster,
    standing.cluster,
    standing.nodes - coalesce(gone.nodes, 0) as nodes,
    standing.identifiers - coalesce(gone.identifiers, 0) as identifiers,
    standing.known_people - coalesce(gone.known_people, 0) as known_people
from standing
left join gone on standing.cluster = gone.cluster
where standing.nodes > coalesce(gone.nodes, 0)
{%- endif %}
