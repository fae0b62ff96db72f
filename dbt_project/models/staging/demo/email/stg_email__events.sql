select
    event_id,
    event,
    occurred_at,
    'email' as source,
    record_id,
    cast(null as {{ dbt.type_string() }}) as order_id,
    cast(null as {{ dbt.type_string() }}) as cart_id,
    cast(null as {{ dbt.type_string() }}) as product_id,
    bounce_type as category,
    cast(null as {{ type_double() }}) as amount,
    cast(null as {{ type_double() }}) as quantity,
    message_id,
    'email' as channel,
    campaign,
    case
        when bounce_type is not null or url is not null
            then {{ json_object_text({'bounce_type': 'bounce_type', 'url': 'url'}) }}
    end as properties
from {{ ref('stg_email__engagements') }}
where event is not null and occurred_at is not null
