with tickets as (
    {{ newest(source('support', 'tickets'), 'ticket_id', 'coalesce(closed_at, opened_at)') }}
)

select
    {{ clean_text('ticket_id') }} as ticket_id,
    't:' || {{ clean_text('ticket_id') }} as record_id,
    {{ normalise_email('email') }} as email,
    {{ phone_text('phone') }} as phone_text,
    {{ phone_region('support') }} as phone_region,
    {{ clean_text('user_id') }} as user_id,
    {{ clean_text('subject') }} as subject,
    lower({{ clean_text('topic') }}) as topic,
    lower({{ clean_text('status') }}) as status,
    opened_at,
    closed_at,
    satisfaction,
    _loaded_at as loaded_at
from tickets
