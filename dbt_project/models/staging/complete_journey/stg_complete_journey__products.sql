with products as (
    {{ newest(source('complete_journey', 'products'), 'product_id', '_loaded_at') }}
)

select
    'complete_journey' as source,
    product_id,
    {{ clean_text('product_type') }} as product_name,
    lower(coalesce({{ clean_text('product_category') }}, {{ clean_text('department') }})) as category,
    {{ clean_text('brand') }} as brand,
    cast(null as {{ type_double() }}) as price,
    cast(null as timestamp) as valid_from,
    cast(null as timestamp) as valid_to,
    cast(null as boolean) as in_stock
from products
