select
    'complete_journey' as source,
    lines.record_id,
    lines.basket_id as order_id,
    lines.line_no,
    lines.paid_at as ordered_at,
    lines.product_id,
    products.product_name,
    products.category,
    lines.quantity,
    lines.unit_price,
    lines.amount,
    'USD' as currency,
    'store' as channel,
    lines.line_kind
from {{ ref('stg_complete_journey__transactions') }} as lines
left join {{ ref('stg_complete_journey__products') }} as products on lines.product_id = products.product_id
