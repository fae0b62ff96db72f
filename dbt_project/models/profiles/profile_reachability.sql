-- One row per profile x channel x purpose: may a message be sent, and to which address.
with

channels as (
    select 'email' as channel, 'email' as address_channel
    union all
    select 'sms' as channel, 'sms' as address_channel
    union all
    select 'ads' as channel, 'email' as address_channel
    union all
    select 'ads' as channel, 'sms' as address_channel
),

purposes as (
    select 'marketing' as purpose
    union all
    select 'ads' as purpose
),

candidates as (
    select
        points.profile_id,
        channels.channel,
        purposes.purpose,
        points.address,
        points.is_primary,
        points.last_seen_at,
        case
            when not points.is_valid then 'invalid_address'
            when channels.channel = 'email' and suppressions.hard_bounced_at is not null then 'hard_bounce'
            when channels.channel = 'email' and suppressions.complained_at is not null then 'complaint'
            when
                channels.channel = 'email' and suppressions.unsubscribed_at is not null
                and (coalesce(consents.status, '') <> 'granted' or consents.occurred_at is null or consents.occurred_at <= suppressions.unsubscribed_at)
                then 'unsubscribed'
            when consents.status = 'withdrawn' then 'withdrawn'
            when coalesce(consents.status, '') <> 'granted' then 'no_consent'
            else 'ok'
        end as reason
    from {{ ref('profile_contact_points') }} as points
    join channels on points.channel = channels.address_channel
    cross join purposes
    left join {{ ref('address_consents') }} as consents
        on points.address = consents.address and channels.channel = consents.channel and purposes.purpose = consents.purpose
    left join {{ ref('address_suppressions') }} as suppressions on points.address = suppressions.address
),

ranked as (
    select
        profile_id,
        channel,
        purpose,
        address,
        reason,
        row_number() over (
            partition by profile_id, channel, purpose
            order by
                case when reason = 'ok' then 0 else 1 end, case when is_primary then 0 else 1 end, last_seen_at desc nulls last, address
        ) as place
    from candidates
),

everybody as (
    select
        people.profile_id,
        targets.channel,
        purposes.purpose
    from (select distinct profile_id from {{ ref('identity_records') }}) as people
    cross join (select distinct channel from channels) as targets
    cross join purposes
)

select
    everybody.profile_id,
    everybody.channel,
    everybody.purpose,
    ranked.address,
    coalesce(ranked.reason = 'ok', false) as is_reachable,
    coalesce(ranked.reason, 'no_address') as reason
from everybody
left join ranked
    on
        everybody.profile_id = ranked.profile_id
        and everybody.channel = ranked.channel
        and everybody.purpose = ranked.purpose
        and ranked.place = 1
