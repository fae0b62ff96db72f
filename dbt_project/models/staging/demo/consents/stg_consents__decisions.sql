with decisions as (
    {{ first_loaded(source('consents', 'consents'), 'consent_id') }}
)

select
    {{ clean_text('consent_id') }} as consent_id,
    lower(trim(channel)) as channel,
    lower(trim(purpose)) as purpose,
    lower(trim(status)) as status,
    {{ normalise_email('address') }} as email,
    case when {{ normalise_email('address') }} is null then {{ phone_text('address') }} end as phone_text,
    {{ phone_region('consents') }} as phone_region,
    occurred_at,
    {{ clean_text('proof') }} as proof
from decisions
where lower(trim(status)) in ('granted', 'denied', 'withdrawn')
    and occurred_at is not null
