{%- set refusals = "('bounced', 'complained', 'unsubscribed')" -%}
with engagements as (
    {{ first_loaded(source('email', 'events'), 'event_id') }}
),

cleaned as (
    select
        coalesce({{ clean_text('event_id') }}, _file || ':' || cast(_row as {{ dbt.type_string() }})) as event_id,
        {{ clean_text('message_id') }} as message_id,
        {{ normalise_email('email') }} as email,
        lower(trim(event)) as engagement,
        lower({{ clean_text('bounce_type') }}) as bounce_type,
        {{ clean_text('campaign') }} as campaign,
        {{ clean_text('url') }} as url,
        case when lower(trim(event)) in {{ refusals }} then coalesce(occurred_at, _loaded_at) else occurred_at end as occurred_at,
        _loaded_at
    from engagements
),

-- whom a message went to, where another engagement tells it and all agree
recipients as (
    select message_id, min(email) as email
    from cleaned
    where email is not null
        and message_id in (select nameless.message_id from cleaned as nameless where nameless.email is null)
    group by message_id
    having count(distinct email) = 1
),

addressed as (
    select
        cleaned.event_id,
        cleaned.message_id,
        coalesce(cleaned.email, recipients.email) as email,
        cleaned.engagement,
        cleaned.bounce_type,
        cleaned.campaign,
        cleaned.url,
        cleaned.occurred_at,
        cleaned._loaded_at
    from cleaned
    left join recipients on cleaned.email is null and cleaned.message_id = recipients.message_id
)

select
    event_id,
    message_id,
    email,
    {{ address_record('email', "'email'") }} as record_id,
    case
        when engagement in ('delivered', 'opened', 'machine_opened', 'clicked') or engagement in {{ refusals }}
            then 'email_' || engagement
    end as event,
    bounce_type,
    campaign,
    url,
    occurred_at,
    _loaded_at as loaded_at
from addressed
