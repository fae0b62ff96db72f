{# An account is known by its id and by the number of the card, which is all that a till reads. #}
with records as (
    select
        members.record_id,
        members.loyalty_id,
        'card:' || members.card_number as card,
        members.email,
        phones.e164 as phone,
        members.joined_at as first_seen_at,
        members.joined_at as last_seen_at,
        members.loaded_at
    from {{ ref('stg_loyalty__members') }} as members
    left join {{ ref('phone_numbers') }} as phones
        on members.phone_text = phones.phone_text
        and members.phone_region = phones.region
)

{{ identifiers_from('records', 'loyalty', {'loyalty_id': 'loyalty_id', 'email': 'email', 'phone': 'phone'}) }}
union all
{{ identifiers_from('records', 'loyalty', {'loyalty_id': 'card'}) }}
