{# One order_placed per invoice with something bought on it; a cancelled invoice is its own, later, event. #}
with invoices as (
    select
        case line_kind when 'cancellation' then 'order_cancelled' else 'order_placed' end as event,
        invoice_no,
        record_id,
        min(invoiced_at) as occurred_at,
        sum(amount) as amount,
        sum(quantity) as quantity,
        count(*) as lines
    from {{ ref('stg_online_retail__transactions') }}
    where line_kind in ('purchase', 'unknown_customer', 'cancellation')
    group by 1, 2, 3
)

select
    event || ':' || invoice_no as event_id,
    event,
    occurred_at,
    'online_retail' as source,
    record_id,
    invoice_no as order_id,
    cast(null as {{ dbt.type_string() }}) as cart_id,
    cast(null as {{ dbt.type_string() }}) as product_id,
    cast(null as {{ dbt.type_string() }}) as category,
    abs(amount) as amount,
    cast(abs(quantity) as {{ type_double() }}) as quantity,
    cast(null as {{ dbt.type_string() }}) as message_id,
    'web' as channel,
    cast(null as {{ dbt.type_string() }}) as campaign,
    {{ json_object_text({'lines': 'lines'}) }} as properties
from invoices
