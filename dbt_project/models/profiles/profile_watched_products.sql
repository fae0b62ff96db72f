-- One row per profile and product that was looked at or wished for in the last 90 days: how it was at the last look, and how it is now.
{%- set since = dbt.dateadd('day', -90, as_of()) %}
with

goods as (
    {{ products_now() }}
),

looks as (
    select
        profile_id,
        product_id,
        max(occurred_at) as watched_at,
        max(case when event = 'product_added_to_wishlist' then occurred_at end) as wished_at
    from {{ ref('profile_events') }}
    where
        event in ('product_viewed', 'product_added_to_wishlist')
        and occurred_at > {{ since }} and occurred_at <= {{ as_of() }}
        and product_id is not null
    group by 1, 2
),

seen as (
    select
        looks.profile_id,
        looks.product_id,
        looks.watched_at,
        looks.wished_at,
        max(products.price) as price_then,
        max(case when products.in_stock then 1 when not products.in_stock then 0 end) = 1 as was_in_stock
    from looks
    left join {{ ref('products') }} as products
        on
            looks.product_id = products.product_id
            and (products.valid_from <= looks.watched_at or products.valid_from is null)
            and (products.valid_to > looks.watched_at or products.valid_to is null)
    group by 1, 2, 3, 4
)

select
    seen.profile_id,
    seen.product_id,
    goods.product_name,
    goods.category,
    seen.watched_at,
    seen.wished_at,
    seen.price_then,
    goods.price as price_now,
    round(100 * (seen.price_then - goods.price) / nullif(seen.price_then, 0)) as price_drop_percent,
    seen.was_in_stock,
    goods.in_stock,
    case when not seen.was_in_stock and goods.back_at > seen.watched_at then goods.back_at end as back_at
from seen
left join goods on seen.product_id = goods.product_id
