-- One row per open member of loyal_households, under the household number that the stores know.
with

members as (
    select
        profile_id,
        entered_at
    from {{ ref('segment_loyal_households') }}
    where left_at is null
),

households as (
    select
        profile_id,
        min(node_value) as household_id
    from {{ ref('identity_map') }}
    where node_type = 'user_id'
    group by 1
)

select
    members.profile_id,
    members.entered_at,
    households.household_id,
    people.orders_count,
    people.lifetime_value,
    people.last_order_at
from members
inner join {{ ref('profiles') }} as people on members.profile_id = people.profile_id
inner join households on members.profile_id = households.profile_id
