-- One row per node that may not link anybody: on the block list, or seen with more accounts than its type allows.
-- A record that names too many accounts is withheld as well: its identifiers stay, but not through this record.
with

blocked as (
    select
        node,
        reason
    from {{ ref('identity_blocked') }}
),

usable_links as (
    select
        links.record_node,
        links.identifier_node,
        links.identifier_type
    from {{ ref('identity_links') }} as links
    left join blocked on links.identifier_node = blocked.node
    where blocked.node is null
),

accounts as (
    select
        record_node,
        identifier_node as user_node
    from usable_links
    where identifier_type = 'user_id'
),

seen_with as (
    select distinct
        usable_links.identifier_node as node,
        usable_links.identifier_type as node_type,
        accounts.user_node
    from usable_links
    join accounts on usable_links.record_node = accounts.record_node
    where usable_links.identifier_type <> 'user_id'

    union all

    select
        record_node as node,
        'record' as node_type,
        user_node
    from accounts
),

capped as (
    select
        seen_with.node,
        rules.max_user_ids,
        count(*) as user_ids
    from seen_with
    join {{ ref('identity_rules') }} as rules on seen_with.node_type = rules.identifier_type
    where rules.max_user_ids is not null
    group by 1, 2
    having count(*) > rules.max_user_ids
)

select
    node,
    'block_list' as guard,
    reason
from blocked

union all

select
    node,
    'degree_cap' as guard,
    'seen with ' || cast(user_ids as {{ dbt.type_string() }}) || ' user_ids, limit '
    || cast(max_user_ids as {{ dbt.type_string() }}) as reason
from capped
