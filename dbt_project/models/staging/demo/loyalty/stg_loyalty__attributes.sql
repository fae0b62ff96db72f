with members as (
    select
        members.*,
        members.joined_at as observed_at,
        phones.e164 as phone
    from {{ ref('stg_loyalty__members') }} as members
    left join {{ ref('phone_numbers') }} as phones
        on members.phone_text = phones.phone_text
        and members.phone_region = phones.region
)

{{ attributes_from('members', 'loyalty', {
    'email': 'email', 'phone': 'phone', 'first_name': 'first_name', 'last_name': 'last_name', 'city': 'city',
    'loyalty_tier': 'loyalty_tier',
}) }}
