select product_id, product_name, category
from (
    select
        product_id,
        product_name,
        category,
        row_number() over (partition by product_id order by valid_from desc) as nth
    from {{ ref('stg_shop__products') }}
) as periods
where nth = 1
