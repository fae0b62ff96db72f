-- One row per profile, open cart and product in it: the price that the cart shows beside the price of now.
with

goods as (
    {{ products_now() }}
),

items as (
    select
        profile_id,
        cart_id,
        updated_at,
        {{ json_array_to_rows('items') }} as item
    from {{ ref('profile_carts') }}
    where status = 'open' and items is not null
),

fields as (
    {%- set paths = {'product_id': 'product_id', 'quantity': 'quantity', 'price': 'price'} %}
    select
        profile_id,
        cart_id,
        updated_at,
        {{ json_record('item', paths) }} as line
    from items
),

lines as (
    select
        profile_id,
        cart_id,
        {{ clean_text(json_field('line', 'product_id', paths)) }} as product_id,
        max(updated_at) as updated_at,
        sum({{ try_cast(json_field('line', 'quantity', paths), type_double()) }}) as quantity,
        max({{ try_cast(json_field('line', 'price', paths), type_double()) }}) as price_then
    from fields
    group by 1, 2, 3
)

select
    lines.profile_id,
    lines.cart_id || ':' || lines.product_id as cart_line_id,
    lines.cart_id,
    lines.product_id,
    goods.product_name,
    goods.category,
    lines.quantity,
    lines.price_then,
    goods.price as price_now,
    round(100 * (lines.price_then - goods.price) / nullif(lines.price_then, 0)) as price_drop_percent,
    goods.in_stock,
    lines.updated_at
from lines
left join goods on lines.product_id = goods.product_id
where lines.product_id is not null
