-- One row per product and validity period.
with

products as (
    {{ feed('products') }}
)

select
    source,
    product_id,
    product_name,
    category,
    brand,
    price,
    valid_from,
    valid_to,
    in_stock,
    (valid_from <= {{ as_of() }} or valid_from is null) and (valid_to > {{ as_of() }} or valid_to is null) as is_current
from products
where product_id is not null
