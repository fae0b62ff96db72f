with steps as (
    select *, 'ticket_opened' as event, opened_at as occurred_at from {{ ref('stg_support__tickets') }}
    union all
    select *, 'ticket_closed' as event, closed_at as occurred_at from {{ ref('stg_support__tickets') }}
)

select
    event || ':' || ticket_id as event_id,
    event,
    occurred_at,
    'support' as source,
    record_id,
    cast(null as {{ dbt.type_string() }}) as order_id,
    cast(null as {{ dbt.type_string() }}) as cart_id,
    cast(null as {{ dbt.type_string() }}) as product_id,
    topic as category,
    satisfaction as amount,
    cast(null as {{ type_double() }}) as quantity,
    cast(null as {{ dbt.type_string() }}) as message_id,
    'support' as channel,
    cast(null as {{ dbt.type_string() }}) as campaign,
    {{ json_object_text({'ticket_id': 'ticket_id', 'topic': 'topic', 'status': 'status'}) }} as properties
from steps
where occurred_at is not null
