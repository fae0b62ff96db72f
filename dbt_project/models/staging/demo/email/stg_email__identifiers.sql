with records as (
    select
        record_id,
        email,
        min(occurred_at) as first_seen_at,
        max(occurred_at) as last_seen_at,
        max(loaded_at) as loaded_at
    from {{ ref('stg_email__engagements') }}
    group by 1, 2
)

{{ identifiers_from('records', 'email', {'email': 'email'}) }}
