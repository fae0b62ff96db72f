with lines as (
    {{ newest(source('complete_journey', 'transactions_sample'), 'household_id, basket_id, product_id', 'transaction_timestamp') }}
)

select
    'u:' || household_id as record_id,
    household_id,
    basket_id,
    row_number() over (partition by basket_id order by product_id) as line_no,
    product_id,
    store_id,
    quantity,
    case when quantity > 0 then sales_value / quantity end as unit_price,
    sales_value as amount,
    coalesce(retail_disc, 0) + coalesce(coupon_disc, 0) + coalesce(coupon_match_disc, 0) as discount,
    transaction_timestamp as paid_at,
    case
        when quantity <= 0 or sales_value < 0 then 'adjustment'
        when sales_value = 0 then 'gift'
        else 'purchase'
    end as line_kind,
    _loaded_at as loaded_at
from lines
