-- One row per decision. A "no" is never lost to a "yes": it counts without a time (then from when it was first loaded), and of the copies of one
-- decision a grant stands only when no refusal was loaded after it and none is as recent.
with read_decisions as (
    select
        coalesce({{ clean_text('consent_id') }}, _file || ':' || cast(_row as {{ dbt.type_string() }})) as consent_id,
        lower(trim(channel)) as channel,
        lower(trim(purpose)) as purpose,
        lower(trim(status)) as status,
        {{ normalise_email('address') }} as email,
        case when {{ normalise_email('address') }} is null then {{ phone_text('address') }} end as phone_text,
        {{ phone_region('consents') }} as phone_region,
        occurred_at,
        {{ clean_text('proof') }} as proof,
        _loaded_at,
        _file,
        _row
    from {{ source('consents', 'consents') }}
    where lower(trim(status)) in ('denied', 'withdrawn')
        or (lower(trim(status)) = 'granted' and occurred_at is not null)
),

timed as (
    select
        consent_id,
        channel,
        purpose,
        status,
        email,
        phone_text,
        phone_region,
        -- not the last load: an export that repeats the refusal would outdo every later grant
        coalesce(occurred_at, min(_loaded_at) over (partition by consent_id, status)) as occurred_at,
        proof,
        _loaded_at,
        _file,
        _row,
        case status when 'granted' then 1 when 'denied' then 2 else 3 end as restriction
    from read_decisions
),

compared as (
    select
        *,
        max(case when status <> 'granted' then occurred_at end) over (partition by consent_id) as refused_at,
        max(case when status <> 'granted' then _loaded_at end) over (partition by consent_id) as refusal_loaded_at
    from timed
),

numbered as (
    select
        *,
        row_number() over (
            partition by consent_id
            order by occurred_at desc, restriction desc, _loaded_at desc, _file desc, _row desc
        ) as _nth
    from compared
    where status <> 'granted'
        or refused_at is null
        or (refused_at < occurred_at and refusal_loaded_at <= _loaded_at)
)

select
    consent_id,
    channel,
    purpose,
    status,
    email,
    phone_text,
    phone_region,
    occurred_at,
    proof,
    _loaded_at as loaded_at
from numbered
where _nth = 1
