-- What the ids of this run are decided by: one row per node that moved (`nodes` is 1), the profile it had, and the cluster it is in now (null:
-- it belongs to nobody). A full run has all nodes; an incremental one has a row without a node for the nodes of a profile that stayed.
-- The texts of a node are read once, here, for the map to write; of one that leaves it there are none, since it may be erased.
-- depends_on: {{ ref('identity_components') }} {{ ref('identity_anchors') }} {{ ref('identity_nodes') }} {{ ref('identity_clusters') }}
{{ config(post_hook="{{ drop_work_tables_at_once(work_schema(this.schema) ~ '.heddle_ca') }}") }}
{%- set run = identity_run() %}
{%- set previous = previous_relation('identity_map') %}
{%- if not run.is_delta %}
select
    {{ 'coalesce(clusters.node, previous.node)' if previous else 'clusters.node' }} as node,
    cast(null as {{ dbt.type_string() }}) as node_type,
    cast(null as {{ dbt.type_string() }}) as node_value,
    {{ 'previous.profile_id' if previous else 'cast(null as ' ~ dbt.type_string() ~ ')' }} as old_profile_id,
    cast(null as bigint) as old_cluster,
    cast(null as timestamp) as old_born_at,
    clusters.cluster,
    1 as nodes,
    {{ identity_kind_counts('nodes.node_type') }}
from {{ ref('identity_clusters') }} as clusters
join {{ ref('identity_nodes') }} as nodes on clusters.node = nodes.node
{%- if previous %}
full outer join {{ previous }} as previous on clusters.node = previous.node
{%- endif %}
{%- else %}
{%- set work = work_schema(this.schema) ~ '.heddle_ca' %}
{%- if execute and flags.WHICH in ('run', 'build') %}
    {%- do drop_work_tables_at_once(work) %}
    {%- do create_work_tables(identity_landed(work, run, previous)) %}
{%- endif %}
with

touched as (
    select cluster from {{ work }}_left
    union
    select cluster from {{ work }}_landed where cluster is not null
),

standing as (
    {{ identity_standing_profiles(run, previous, 'touched') }}
),

named as (
    select
        node,
        node_type,
        node_value,
        cluster as old_cluster
    from {{ work }}_left

    union all

    select
        node,
        node_type,
        node_value,
        cast(null as bigint) as old_cluster
    from {{ work }}_new

    union all

    select
        node,
        node_type,
        node_value,
        cast(null as bigint) as old_cluster
    from {{ ref('identity_nodes') }}
    where node in (select back.node from {{ work }}_back as back)
),

moved as (
    select
        named.node,
        named.node_type,
        case when landed.cluster is not null then named.node_value end as node_value,
        standing.profile_id,
        named.old_cluster,
        standing.born_at,
        landed.cluster,
        {{ identity_kind_counts('named.node_type') }}
    from named
    join {{ work }}_landed as landed on named.node = landed.node
    left join standing on named.old_cluster = standing.cluster
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
    node_value,
    profile_id as old_profile_id,
    old_cluster,
    born_at as old_born_at,
    cluster,
    1 as nodes,
    identifiers,
    known_people
from moved

union all

select
    cast(null as bigint) as node,
    cast(null as {{ dbt.type_string() }}) as node_type,
    cast(null as {{ dbt.type_string() }}) as node_value,
    standing.profile_id as old_profile_id,
    standing.cluster as old_cluster,
    standing.born_at as old_born_at,
    standing.cluster,
    standing.nodes - coalesce(gone.nodes, 0) as nodes,
    standing.identifiers - coalesce(gone.identifiers, 0) as identifiers,
    standing.known_people - coalesce(gone.known_people, 0) as known_people
from standing
left join gone on standing.cluster = gone.cluster
where standing.nodes > coalesce(gone.nodes, 0)
{%- endif %}
