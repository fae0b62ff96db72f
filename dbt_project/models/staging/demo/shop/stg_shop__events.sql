with orders as (
    select * from {{ ref('stg_shop__orders') }}
),

steps as (
    select *, 'order_placed' as event, ordered_at as occurred_at from orders
    union all
    select *, 'order_cancelled' as event, updated_at as occurred_at from orders where status = 'cancelled'
    union all
    select *, 'order_returned' as event, updated_at as occurred_at from orders where status = 'returned'
    union all
    select *, 'coupon_redeemed' as event, ordered_at as occurred_at from orders where coupon_code is not null
)

select
    event || ':' || order_id as event_id,
    event,
    occurred_at,
    'shop' as source,
    record_id,
    order_id,
    cart_id,
    cast(null as {{ dbt.type_string() }}) as product_id,
    cast(null as {{ dbt.type_string() }}) as category,
    case when event = 'coupon_redeemed' then discount else total end as amount,
    cast(null as {{ type_double() }}) as quantity,
    cast(null as {{ dbt.type_string() }}) as message_id,
    channel,
    case when event = 'coupon_redeemed' then coupon_code end as campaign,
    {{ json_object_text({'status': 'status', 'currency': 'currency'}) }} as properties
from steps
where occurred_at is not null
