with lines as (
    {{ newest(source('shop', 'order_lines'), 'order_id, line_no', '_loaded_at') }}
)

select
    'shop' as source,
    orders.record_id,
    orders.order_id,
    lines.line_no,
    orders.ordered_at,
    cast(lines.product_id as {{ dbt.type_string() }}) as product_id,
    product_names.product_name,
    product_names.category,
    lines.quantity,
    lines.unit_price,
    lines.quantity * lines.unit_price - coalesce(lines.discount, 0) as amount,
    orders.currency,
    orders.channel,
    case
        when orders.status = 'cancelled' then 'cancellation'
        when orders.status = 'returned' then 'return'
        when lines.quantity <= 0 or lines.unit_price < 0 then 'adjustment'
        when lines.unit_price = 0 then 'gift'
        else 'purchase'
    end as line_kind
from lines
inner join {{ ref('stg_shop__orders') }} as orders
    on cast(lines.order_id as {{ dbt.type_string() }}) = orders.order_id
left join {{ ref('stg_shop__product_names') }} as product_names
    on cast(lines.product_id as {{ dbt.type_string() }}) = product_names.product_id
