-- One row per node that a guard withholds, or through which it keeps two people apart: the guard, why, how many people it would have made one.
{{ config(materialized='identity_state') }}
{%- set previous = previous_relation('identity_quarantine') %}
with

withheld as (
    select
        node,
        guard,
        reason
    from {{ ref('identity_withheld') }}
),

parted as (
    select
        node,
        cluster,
        guard
    from {{ ref('identity_anchors') }}
    where cluster is not null
),

neighbours as (
    select
        withheld.node,
        withheld.guard,
        withheld.reason,
        map.profile_id
    from withheld
    join {{ ref('identity_links') }} as links on withheld.node = links.identifier_node
    join {{ ref('identity_map') }} as map on links.record_node = map.node

    union all

    select
        withheld.node,
        withheld.guard,
        withheld.reason,
        map.profile_id
    from withheld
    join {{ ref('identity_links') }} as links on withheld.node = links.record_node
    join {{ ref('identity_map') }} as map on links.identifier_node = map.node

    union all

    select
        withheld.node,
        withheld.guard,
        withheld.reason,
        cast(null as {{ dbt.type_string() }}) as profile_id
    from withheld

    union all

    -- Seen from the identifier: records of more than one part name it, or its own part is not the record's.
    select
        parted.node,
        parted.guard,
        case parted.guard
            when 'never_link' then 'kept apart by hand'
            else 'between accounts; it went to the nearest'
        end as reason,
        map.profile_id
    from {{ ref('identity_links') }} as links
    join parted on links.identifier_node = parted.node
    join parted as records on links.record_node = records.node
    join {{ ref('identity_map') }} as map on records.node = map.node
    where
        parted.node in (
            select inner_links.identifier_node
            from {{ ref('identity_links') }} as inner_links
            join parted as identifier_side on inner_links.identifier_node = identifier_side.node
            join parted as record_side on inner_links.record_node = record_side.node
            where identifier_side.cluster <> record_side.cluster
        )
),

people as (
    select
        node,
        guard,
        reason,
        count(distinct profile_id) as people
    from neighbours
    group by 1, 2, 3
)

select
    people.node,
    nodes.node_type,
    nodes.node_value,
    people.guard,
    people.reason,
    people.people,
    {%- if previous %}
    coalesce(previous.detected_at, {{ as_of() }}) as detected_at
    {%- else %}
    {{ as_of() }} as detected_at
    {%- endif %}
from people
join {{ ref('identity_nodes') }} as nodes on people.node = nodes.node
{%- if previous %}
left join {{ previous }} as previous on people.node = previous.node and people.guard = previous.guard
{%- endif %}
