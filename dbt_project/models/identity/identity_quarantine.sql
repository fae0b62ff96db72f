-- One row per node that a guard withholds, or through which it keeps two people apart: the guard, why, how many people it would have made one.
-- An incremental run counts again for the nodes next to something that changed. A profile is counted by its cluster, which is a number.
-- depends_on: {{ ref('identity_components') }} {{ ref('identity_anchors') }} {{ ref('identity_map') }}
-- depends_on: {{ ref('identity_withheld') }} {{ ref('identity_links') }}
{{ config(post_hook="{{ drop_work_tables_at_once(work_schema(this.schema) ~ '.heddle_qu') }}", **identity_state_config('node')) }}
{%- set run = identity_run() %}
{%- set is_partial = run.is_delta and 'erasures' not in run.changed %}
{%- set previous = previous_relation('identity_quarantine') %}
{%- set work = work_schema(this.schema) ~ '.heddle_qu' %}
{%- if execute and flags.WHICH in ('run', 'build') %}
    {%- do drop_work_tables_at_once(work) %}
    {%- do create_work_tables(identity_quarantine_scope(work, run, is_partial)) %}
{%- endif %}
with

clusters as (
    {{ identity_clusters_of(work ~ '_beside') }}
),

-- Seen from the identifier: records of more than one part name it, or its own part is not the record's.
parted as (
    select
        node,
        cluster,
        guard
    from {{ ref('identity_anchors') }}
    where
        cluster is not null
        {%- if is_partial %}
        and node in (select touched.node from {{ work }}_touched as touched)
        {%- endif %}
),

parted_links as (
    select
        links.identifier_node,
        links.record_node
    from {{ ref('identity_links') }} as links
    where links.identifier_node in (select parted.node from parted)
),

parted_records as (
    select
        node,
        cluster
    from {{ ref('identity_anchors') }}
    where cluster is not null and node in (select parted_links.record_node from parted_links)
),

crossings as (
    select
        links.identifier_node as node,
        identifiers.guard,
        count(distinct records.cluster) as people
    from parted_links as links
    join parted as identifiers on links.identifier_node = identifiers.node
    join parted_records as records on links.record_node = records.node
    group by 1, 2
    having max(case when identifiers.cluster <> records.cluster then 1 else 0 end) = 1
),

people as (
    select
        withheld.node,
        withheld.guard,
        withheld.reason,
        count(distinct clusters.cluster) as people
    from {{ work }}_withheld as withheld
    left join {{ work }}_neighbours as neighbours on withheld.node = neighbours.node
    left join clusters on neighbours.neighbour = clusters.node
    group by 1, 2, 3

    union all

    select
        node,
        guard,
        case guard
            when 'never_link' then 'kept apart by hand'
            else 'between accounts; it went to the nearest'
        end as reason,
        people
    from crossings
),

nameless as (
    select node
    from people
    {%- if is_partial %}
    where node not in (select known.node from {{ this }} as known)
    {%- endif %}
),

named as (
    select
        node,
        node_type,
        node_value
    from {{ ref('identity_nodes') }}
    where node in (select nameless.node from nameless)
    {%- if is_partial %}

    union all

    select
        node,
        node_type,
        node_value
    from {{ this }}
    where node in (select people.node from people)
    {%- endif %}
),

counted as (
    select
        people.node,
        named.node_type,
        named.node_value,
        people.guard,
        people.reason,
        people.people
    from people
    join named on people.node = named.node
)

select
    counted.node,
    counted.node_type,
    counted.node_value,
    counted.guard,
    counted.reason,
    counted.people,
    {%- if previous %}
    coalesce(previous.detected_at, {{ as_of() }}) as detected_at
    {%- else %}
    {{ as_of() }} as detected_at
    {%- endif %}
    {%- if run.is_delta %},
    false as is_gone
    {%- endif %}
from counted
{%- if previous %}
left join {{ previous }} as previous on counted.node = previous.node and counted.guard = previous.guard
{%- endif %}
{%- if run.is_delta %}

union all

select
    known.node,
    known.node_type,
    known.node_value,
    known.guard,
    known.reason,
    known.people,
    known.detected_at,
    true as is_gone
from {{ this }} as known
left join counted on known.node = counted.node
where
    counted.node is null
    {%- if is_partial %}
    and (
        known.node in (select touched.node from {{ work }}_touched as touched)
        or (known.guard in ('block_list', 'degree_cap') and known.node not in (select held.node from {{ ref('identity_withheld') }} as held))
    )
    {%- endif %}
{%- endif %}
