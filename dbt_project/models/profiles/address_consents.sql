-- One row per address x channel x purpose: the latest word; of two words of the same instant the most restrictive.
with

said as (
    {{ feed('consents') }}
),

known as (
    select
        identifier_value as address,
        channel,
        purpose,
        status,
        occurred_at,
        proof,
        -- A "no" counts whenever it was said: without a time it is taken as said now, and one dated after the run is not ignored.
        case
            when status = 'granted' then coalesce(occurred_at, cast('1970-01-01 00:00:00' as timestamp))
            else coalesce(occurred_at, {{ as_of() }})
        end as said_at,
        case status when 'granted' then 1 when 'denied' then 2 else 3 end as restriction
    from said
    where
        identifier_value is not null and channel is not null and purpose is not null
        and (status in ('denied', 'withdrawn') or (status = 'granted' and (occurred_at is null or occurred_at <= {{ as_of() }})))
),

ranked as (
    select
        address,
        channel,
        purpose,
        status,
        occurred_at,
        proof,
        row_number() over (partition by address, channel, purpose order by said_at desc, restriction desc, proof) as place
    from known
)

select
    address,
    channel,
    purpose,
    status,
    occurred_at,
    proof
from ranked
where place = 1
