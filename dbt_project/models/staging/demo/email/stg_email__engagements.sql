with engagements as (
    {{ first_loaded(source('email', 'events'), 'event_id') }}
),

cleaned as (
    select
        {{ clean_text('event_id') }} as given_id,
        {{ clean_text('message_id') }} as message_id,
        {{ normalise_email('email') }} as email,
        lower(trim(event)) as engagement,
        lower({{ clean_text('bounce_type') }}) as bounce_type,
        {{ clean_text('campaign') }} as campaign,
        {{ clean_text('url') }} as url,
        occurred_at,
        _file,
        _row
    from engagements
)

select
    coalesce(given_id, _file || ':' || cast(_row as {{ dbt.type_string() }})) as event_id,
    message_id,
    email,
    {{ address_record('email', "'email'") }} as record_id,
    case
        when engagement in ('delivered', 'opened', 'machine_opened', 'clicked', 'bounced', 'complained', 'unsubscribed')
            then 'email_' || engagement
    end as event,
    bounce_type,
    campaign,
    url,
    occurred_at
from cleaned
