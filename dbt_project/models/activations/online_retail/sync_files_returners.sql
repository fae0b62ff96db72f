-- One row per open member of big_returners, under the customer number that the shop knows.
with

members as (
    select
        profile_id,
        entered_at
    from {{ ref('segment_big_returners') }}
    where left_at is null
),

customers as (
    select
        profile_id,
        min(node_value) as customer_id
    from {{ ref('identity_map') }}
    where node_type = 'user_id'
    group by 1
)

select
    members.profile_id,
    members.entered_at,
    customers.customer_id,
    people.country,
    people.orders_count,
    people.lifetime_value,
    people.last_order_at,
    people.returns_value
from members
inner join {{ ref('profiles') }} as people on members.profile_id = people.profile_id
inner join customers on members.profile_id = customers.profile_id
