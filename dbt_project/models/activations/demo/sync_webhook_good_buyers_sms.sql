-- One row per open member of good_buyers_sms_only, with the number that may get an SMS.
with

members as (
    select profile_id
    from {{ ref('segment_good_buyers_sms_only') }}
    where left_at is null
),

addresses as (
    select
        profile_id,
        address
    from {{ ref('profile_reachability') }}
    where channel = 'sms' and purpose = 'marketing'
)

select
    members.profile_id,
    addresses.address as phone,
    people.first_name,
    people.lifetime_value,
    people.favourite_category
from members
inner join {{ ref('profiles') }} as people on members.profile_id = people.profile_id
left join addresses on members.profile_id = addresses.profile_id
