-- One row per open member of child_birthday_in_3_days: a person and one of the children.
with

members as (
    select
        profile_id,
        member_key,
        entered_at
    from {{ ref('segment_child_birthday_in_3_days') }}
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
    children.first_name as child_first_name,
    children.birth_date as child_birth_date
from members
inner join {{ ref('profiles') }} as people on members.profile_id = people.profile_id
inner join {{ ref('profile_children') }} as children
    on members.profile_id = children.profile_id and members.member_key = children.child_id
left join addresses on members.profile_id = addresses.profile_id
