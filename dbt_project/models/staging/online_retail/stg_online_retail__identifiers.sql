with records as (
    select
        record_id,
        customer_id as user_id,
        min(invoiced_at) as first_seen_at,
        max(invoiced_at) as last_seen_at,
        max(loaded_at) as loaded_at
    from {{ ref('stg_online_retail__transactions') }}
    where customer_id is not null
    group by 1, 2
)

{{ identifiers_from('records', 'online_retail', {'user_id': 'user_id'}) }}
