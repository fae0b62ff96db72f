with records as (
    select
        receipts.record_id,
        'card:' || receipts.card_number as loyalty_id,
        phones.e164 as phone,
        min(receipts.purchased_at) as first_seen_at,
        max(receipts.purchased_at) as last_seen_at,
        max(receipts.loaded_at) as loaded_at
    from {{ ref('stg_pos__receipts') }} as receipts
    left join {{ ref('phone_numbers') }} as phones
        on receipts.phone_text = phones.phone_text
        and receipts.phone_region = phones.region
    where receipts.record_id is not null
    group by 1, 2, 3
)

{{ identifiers_from('records', 'pos', {'loyalty_id': 'loyalty_id', 'phone': 'phone'}) }}
