with receipts as (
    {{ first_loaded(source('pos', 'receipts'), 'receipt_id') }}
),

cleaned as (
    select
        {{ clean_text('receipt_id') }} as receipt_id,
        {{ clean_text('store_id') }} as store_id,
        {{ clean_text('card_number') }} as card_number,
        {{ phone_text('phone') }} as phone_text,
        {{ phone_region('pos') }} as phone_region,
        purchased_at,
        total,
        lines,
        _loaded_at
    from receipts
)

select
    receipt_id,
    case
        when card_number is not null then 'card:' || card_number
        when phone_text is not null then 'r:' || receipt_id
    end as record_id,
    store_id,
    card_number,
    phone_text,
    phone_region,
    purchased_at,
    total,
    lines,
    _loaded_at as loaded_at
from cleaned
where receipt_id is not null
