with memberships as (
    {{ first_loaded(source('club', 'events'), 'event_id') }}
)

select
    coalesce({{ clean_text('event_id') }}, _file || ':' || cast(_row as {{ dbt.type_string() }})) as event_id,
    {{ clean_text('user_id') }} as user_id,
    'u:' || {{ clean_text('user_id') }} as record_id,
    lower(trim(event)) as event,
    lower({{ clean_text('feature') }}) as feature,
    lower({{ clean_text('plan') }}) as plan,
    price,
    occurred_at,
    _loaded_at as loaded_at
from memberships
