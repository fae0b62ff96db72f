-- One row per e-mail address or phone that is known to work: a message arrived there, or its owner said yes and there is a proof of it.
-- A hard bounce after the last proof ends it. For the golden record only: who may be written to is profile_reachability's to say.
{{ config(materialized='view') }}
with

reached as (
    select
        source,
        record_id,
        max(occurred_at) as verified_at
    from {{ ref('profile_events') }}
    where event in ('email_delivered', 'email_opened', 'email_clicked') and occurred_at <= {{ as_of() }}
    group by 1, 2
),

-- A record with two addresses does not tell which of them the message reached.
mailboxes as (
    select
        source,
        record_id,
        min(identifier_value) as address
    from {{ ref('identity_identifiers') }}
    where identifier_type = 'email'
    group by 1, 2
    having min(identifier_value) = max(identifier_value)
),

proofs as (
    select
        mailboxes.address,
        reached.verified_at
    from reached
    join mailboxes on reached.source = mailboxes.source and reached.record_id = mailboxes.record_id

    union all

    select
        address,
        occurred_at as verified_at
    from {{ ref('address_consents') }}
    where status = 'granted' and proof is not null
),

latest as (
    select
        address,
        max(verified_at) as verified_at
    from proofs
    group by 1
)

select
    latest.address,
    latest.verified_at
from latest
left join {{ ref('address_suppressions') }} as suppressions on latest.address = suppressions.address
where
    suppressions.hard_bounced_at is null
    or latest.verified_at > suppressions.hard_bounced_at
