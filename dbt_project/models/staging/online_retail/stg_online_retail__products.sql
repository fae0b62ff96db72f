{# The shop has no product list: a product is called as on most of its sold lines, and costs what it cost last. #}
with names as (
    select
        stock_code,
        description,
        row_number() over (partition by stock_code order by count(*) desc, description) as nth
    from {{ ref('stg_online_retail__transactions') }}
    where line_kind in ('purchase', 'unknown_customer') and description is not null
    group by 1, 2
),

prices as (
    select
        stock_code,
        unit_price,
        invoiced_at,
        row_number() over (partition by stock_code order by invoiced_at desc, invoice_no desc, line_no desc) as nth,
        min(invoiced_at) over (partition by stock_code) as first_sold_at
    from {{ ref('stg_online_retail__transactions') }}
    where line_kind in ('purchase', 'unknown_customer')
)

select
    'online_retail' as source,
    prices.stock_code as product_id,
    names.description as product_name,
    cast(null as {{ dbt.type_string() }}) as category,
    cast(null as {{ dbt.type_string() }}) as brand,
    prices.unit_price as price,
    prices.first_sold_at as valid_from,
    cast(null as timestamp) as valid_to,
    cast(null as boolean) as in_stock
from prices
left join names on prices.stock_code = names.stock_code and names.nth = 1
where prices.nth = 1
