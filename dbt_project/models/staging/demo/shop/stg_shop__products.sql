with periods as (
    {{ newest(source('shop', 'products'), 'product_id, valid_from', 'valid_to') }}
)

select
    'shop' as source,
    cast(product_id as {{ dbt.type_string() }}) as product_id,
    {{ clean_text('name') }} as product_name,
    lower({{ clean_text('category') }}) as category,
    {{ clean_text('brand') }} as brand,
    price,
    valid_from,
    valid_to,
    in_stock
from periods
