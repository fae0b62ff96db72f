select
    'online_retail' as source,
    record_id,
    invoice_no as order_id,
    line_no,
    invoiced_at as ordered_at,
    stock_code as product_id,
    description as product_name,
    cast(null as {{ dbt.type_string() }}) as category,
    cast(quantity as {{ type_double() }}) as quantity,
    unit_price,
    amount,
    'GBP' as currency,
    'web' as channel,
    line_kind
from {{ ref('stg_online_retail__transactions') }}
