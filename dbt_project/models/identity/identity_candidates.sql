-- What the ids of this run are decided by: a row per node that moved (`nodes` is 1), the profile it had, and the cluster it is in now (null:
-- it belongs to nobody); and a row without a node for the nodes of a profile that stayed. A full run has them of all profiles.
-- The texts of a node are read once, in an incremental run, for the map to write; of one that leaves it there are none, since it may be erased.
-- depends_on: {{ ref('identity_components') }} {{ ref('identity_anchors') }} {{ ref('identity_nodes') }} {{ ref('identity_clusters') }}
{{ config(post_hook="{{ drop_work_tables_at_once(work_schema(this.schema) ~ '.heddle_ca') }}") }}
{%- set run = identity_run() %}
{%- set previous = previous_relation('identity_map') %}
{%- set work = work_schema(this.schema) ~ '.heddle_ca' %}
{%- if execute and flags.WHICH in ('run', 'build') %}
    {%- do drop_work_tables_at_once(work) %}
    {%- do create_work_tables(identity_landed(work, run, previous) if run.is_delta else identity_pairs(work, previous)) %}
{%- endif %}
{%- if not run.is_delta %}
with

standing as (
    {%- if previous %}
    {{ identity_standing_profiles(run, previous) }}
    {%- else %}
    select
        cast(null as bigint) as cluster,
        cast(null as {{ dbt.type_string() }}) as profile_id,
        cast(null as timestamp) as born_at
    where 1 = 0
    {%- endif %}
),

placed as (
    select
        cast(null as bigint) as node,
        old_cluster,
        cluster,
        nodes,
        identifiers,
        known_people
    from {{ work }}_pairs
    where not is_parted
    {%- if previous %}

    union all

    select
        node,
        old_cluster,
        cluster,
        1 as nodes,
        identifiers,
        known_people
    from ({{ identity_parted_nodes(work, previous) }}) as parted
    {%- endif %}
)

select
    placed.node,
    cast(null as {{ dbt.type_string() }}) as node_type,
    cast(null as {{ dbt.type_string() }}) as node_value,
    standing.profile_id as old_profile_id,
    placed.old_cluster,
    standing.born_at as old_born_at,
    placed.cluster,
    placed.nodes,
    placed.identifiers,
    placed.known_people
from placed
left join standing on placed.old_cluster = standing.cluster
{%- else %}
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
