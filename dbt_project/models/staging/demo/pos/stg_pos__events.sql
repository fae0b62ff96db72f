select
    'order_placed:' || receipt_id as event_id,
    'order_placed' as event,
    purchased_at as occurred_at,
    'pos' as source,
    record_id,
    receipt_id as order_id,
    cast(null as {{ dbt.type_string() }}) as cart_id,
    cast(null as {{ dbt.type_string() }}) as product_id,
    cast(null as {{ dbt.type_string() }}) as category,
    total as amount,
    cast(null as {{ type_double() }}) as quantity,
    cast(null as {{ dbt.type_string() }}) as message_id,
    'store' as channel,
    cast(null as {{ dbt.type_string() }}) as campaign,
    {{ json_object_text({'store_id': 'store_id'}) }} as properties
from {{ ref('stg_pos__receipts') }}
where purchased_at is not null
