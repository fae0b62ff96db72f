-- One row per open member of abandoned_cart: a person and the cart left behind, with what the mail shows.
with

members as (
    select
        profile_id,
        member_key,
        entered_at
    from {{ ref('segment_abandoned_cart') }}
    where left_at is null
),

addresses as (
    select
        profile_id,
        address
    from {{ ref('profile_reachability') }}
    where channel = 'email' and purpose = 'marketing'
)

select
    members.profile_id,
    members.member_key,
    members.entered_at,
    addresses.address as email,
    people.first_name,
    {{ local_date('carts.updated_at') }} as cart_left_on,
    carts.total as cart_total,
    coalesce(carts.items, '[]') as cart_items
from members
inner join {{ ref('profiles') }} as people on members.profile_id = people.profile_id
left join addresses on members.profile_id = addresses.profile_id
left join {{ ref('profile_carts') }} as carts
    on members.profile_id = carts.profile_id and members.member_key = carts.cart_id
