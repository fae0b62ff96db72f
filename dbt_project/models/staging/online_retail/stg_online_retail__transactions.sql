select
    {{ clean_text('"InvoiceNo"') }} as invoice_no,
    row_number() over (partition by "InvoiceNo" order by _loaded_at, _file, _row) as line_no,
    'u:' || cast("CustomerID" as {{ dbt.type_string() }}) as record_id,
    cast("CustomerID" as {{ dbt.type_string() }}) as customer_id,
    {{ clean_text('"StockCode"') }} as stock_code,
    {{ clean_text('"Description"') }} as description,
    "Quantity" as quantity,
    "UnitPrice" as unit_price,
    "Quantity" * "UnitPrice" as amount,
    "InvoiceDate" as invoiced_at,
    {{ clean_text('"Country"') }} as country,
    case
        when "InvoiceNo" like 'C%' then 'cancellation'
        when "InvoiceNo" like 'A%' or "Quantity" <= 0 or "UnitPrice" < 0 then 'adjustment'
        when "UnitPrice" = 0 and "CustomerID" is not null then 'gift'
        when "UnitPrice" = 0 then 'adjustment'
        when "CustomerID" is null then 'unknown_customer'
        else 'purchase'
    end as line_kind,
    _loaded_at as loaded_at
from {{ source('online_retail', 'transactions') }}
