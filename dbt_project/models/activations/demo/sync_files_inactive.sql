-- One row per open member of inactive_2_years, with the address that ad platforms may match.
with

members as (
    select
        profile_id,
        entered_at
    from {{ ref('segment_inactive_2_years') }}
    where left_at is null
),

addresses as (
    select
        profile_id,
        address
    from {{ ref('profile_reachability') }}
    where channel = 'ads' and purpose = 'ads'
)

select
    members.profile_id,
    members.entered_at,
    case when addresses.address like '%@%' then addresses.address end as email,
    case when addresses.address like '+%' then addresses.address end as phone,
    people.country,
    people.lifetime_value
from members
inner join {{ ref('profiles') }} as people on members.profile_id = people.profile_id
left join addresses on members.profile_id = addresses.profile_id
