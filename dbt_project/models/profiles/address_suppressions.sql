-- One row per e-mail address that must not, or no longer, be written to: the time of its last hard bounce, complaint and unsubscribe.
-- Not limited to the instant of the run: a refusal that is known counts; without a time it is taken as said now.
with

refusals as (
    select
        source,
        record_id,
        event,
        coalesce(occurred_at, {{ as_of() }}) as occurred_at,
        case when event = 'email_bounced' then lower({{ json_text('properties', 'bounce_type') }}) end as bounce_type
    from {{ ref('profile_events') }}
    where event in ('email_bounced', 'email_complained', 'email_unsubscribed')
)

select
    identifiers.identifier_value as address,
    max(case when refusals.bounce_type = 'hard' then refusals.occurred_at end) as hard_bounced_at,
    max(case when refusals.event = 'email_complained' then refusals.occurred_at end) as complained_at,
    max(case when refusals.event = 'email_unsubscribed' then refusals.occurred_at end) as unsubscribed_at
from refusals
join {{ ref('identity_identifiers') }} as identifiers
    on refusals.source = identifiers.source and refusals.record_id = identifiers.record_id
where identifiers.identifier_type = 'email' and (refusals.event <> 'email_bounced' or refusals.bounce_type = 'hard')
group by 1
