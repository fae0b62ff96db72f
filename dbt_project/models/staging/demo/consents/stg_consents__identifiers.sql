with records as (
    select
        record_id,
        case when identifier_type = 'email' then identifier_value end as email,
        case when identifier_type = 'phone' then identifier_value end as phone,
        min(occurred_at) as first_seen_at,
        max(occurred_at) as last_seen_at,
        max(loaded_at) as loaded_at
    from {{ ref('stg_consents__consents') }}
    group by 1, 2, 3
)

{{ identifiers_from('records', 'consents', {'email': 'email', 'phone': 'phone'}) }}
