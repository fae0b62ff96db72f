with baskets as (
    select
        'order_placed:' || basket_id as event_id,
        'order_placed' as event,
        min(paid_at) as occurred_at,
        record_id,
        basket_id as order_id,
        sum(amount) as amount,
        sum(quantity) as quantity,
        'store' as channel,
        cast(null as {{ dbt.type_string() }}) as campaign,
        {{ json_object_text({'store_id': 'max(store_id)', 'discount': 'sum(discount)'}) }} as properties
    from {{ ref('stg_complete_journey__transactions') }}
    where line_kind = 'purchase'
    group by basket_id, record_id
),

contacts as (
    select
        event_id,
        event,
        occurred_at,
        record_id,
        cast(null as {{ dbt.type_string() }}) as order_id,
        cast(null as {{ type_double() }}) as amount,
        cast(null as {{ type_double() }}) as quantity,
        cast(null as {{ dbt.type_string() }}) as channel,
        campaign_id as campaign,
        {{ json_object_text({'campaign_type': 'campaign_type', 'coupon_upc': 'coupon_upc'}) }} as properties
    from {{ ref('stg_complete_journey__contacts') }}
    where occurred_at is not null
)

select
    event_id,
    event,
    occurred_at,
    'complete_journey' as source,
    record_id,
    order_id,
    cast(null as {{ dbt.type_string() }}) as cart_id,
    cast(null as {{ dbt.type_string() }}) as product_id,
    cast(null as {{ dbt.type_string() }}) as category,
    amount,
    quantity,
    cast(null as {{ dbt.type_string() }}) as message_id,
    channel,
    campaign,
    properties
from (
    select * from baskets
    union all
    select * from contacts
) as happened
