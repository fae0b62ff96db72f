-- One row per identifier on the block list, with the first reason by name.
with

identifiers as (
    select
        node,
        node_type,
        lower(node_value) as node_value
    from {{ ref('identity_nodes') }}
    where node_type <> 'record'
),

mailboxes as (
    select
        node,
        {{ dbt.split_part('node_value', "'@'", 1) }} as local_part,
        {{ dbt.split_part('node_value', "'@'", 2) }} as domain
    from identifiers
    where node_type = 'email'
),

block_list as (
    select
        identifier_type,
        match,
        lower(value) as value,
        reason
    from {{ ref('identity_block_list') }}
),

hits as (
    select
        identifiers.node,
        block_list.reason
    from identifiers
    join block_list on identifiers.node_value = block_list.value
    where block_list.match = 'value' and block_list.identifier_type in (identifiers.node_type, '*')

    union all

    select
        identifiers.node,
        block_list.reason
    from identifiers
    join block_list on identifiers.node_type = block_list.identifier_type
    where block_list.match = 'pattern' and identifiers.node_value like block_list.value

    union all

    select
        mailboxes.node,
        block_list.reason
    from mailboxes
    join block_list on mailboxes.local_part = block_list.value
    where block_list.match = 'local_part'

    union all

    select
        mailboxes.node,
        block_list.reason
    from mailboxes
    join block_list on mailboxes.domain = block_list.value
    where block_list.match = 'domain'
)

select
    node,
    min(reason) as reason
from hits
group by 1
