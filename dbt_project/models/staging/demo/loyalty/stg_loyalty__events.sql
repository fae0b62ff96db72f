select
    entry_id as event_id,
    case kind when 'earn' then 'points_earned' else 'points_redeemed' end as event,
    occurred_at,
    source,
    record_id,
    cast(null as {{ dbt.type_string() }}) as order_id,
    cast(null as {{ dbt.type_string() }}) as cart_id,
    cast(null as {{ dbt.type_string() }}) as product_id,
    cast(null as {{ dbt.type_string() }}) as category,
    points as amount,
    points as quantity,
    cast(null as {{ dbt.type_string() }}) as message_id,
    cast(null as {{ dbt.type_string() }}) as channel,
    cast(null as {{ dbt.type_string() }}) as campaign,
    {{ json_object_text({'points': 'points', 'expires_at': 'cast(expires_at as ' ~ dbt.type_string() ~ ')'}) }} as properties
from {{ ref('stg_loyalty__points') }}
where kind in ('earn', 'redeem') and occurred_at is not null
