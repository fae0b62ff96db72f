select
    event_id,
    event,
    occurred_at,
    'club' as source,
    record_id,
    cast(null as {{ dbt.type_string() }}) as order_id,
    cast(null as {{ dbt.type_string() }}) as cart_id,
    cast(null as {{ dbt.type_string() }}) as product_id,
    feature as category,
    price as amount,
    cast(null as {{ type_double() }}) as quantity,
    cast(null as {{ dbt.type_string() }}) as message_id,
    'club' as channel,
    cast(null as {{ dbt.type_string() }}) as campaign,
    {{ json_object_text({'feature': 'feature', 'plan': 'plan'}) }} as properties
from {{ ref('stg_club__memberships') }}
where event is not null and occurred_at is not null
