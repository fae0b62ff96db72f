with records as (
    select
        tickets.record_id,
        tickets.user_id,
        tickets.email,
        phones.e164 as phone,
        tickets.opened_at as first_seen_at,
        coalesce(tickets.closed_at, tickets.opened_at) as last_seen_at,
        tickets.loaded_at
    from {{ ref('stg_support__tickets') }} as tickets
    left join {{ ref('phone_numbers') }} as phones
        on tickets.phone_text = phones.phone_text
        and tickets.phone_region = phones.region
)

{{ identifiers_from('records', 'support', {'user_id': 'user_id', 'email': 'email', 'phone': 'phone'}) }}
