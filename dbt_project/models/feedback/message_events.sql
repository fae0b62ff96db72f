-- One row per thing that happened to a message of ours: its sending (with what the destination said), and every event that came back about it.
with

attempts as (
    -- what a receipt came to stands in place of what accepted it, what a person decided in place of a doubt
    select
        *,
        row_number() over (partition by plan_id, op_id, attempt order by case status when 'accepted' then 2 when 'unknown' then 1 else 0 end) as place
    from {{ source('activations', 'activation_log') }}
    where message_id is not null
),

sendings as (
    select
        message_id,
        sync,
        profile_id,
        member_key,
        case status when 'delivered' then 'sent' when 'accepted' then 'sent' else status end as event,
        code as reason,
        log.at as occurred_at,
        'activations' as source,
        cast(null as {{ dbt.type_string() }}) as campaign,
        plan_id || ':' || cast(op_id as {{ dbt.type_string() }}) || ':' || cast(attempt as {{ dbt.type_string() }}) as event_id
    from attempts as log
    where place = 1 and status <> 'released'
),

returns as (
    select
        messages.message_id,
        messages.sync,
        messages.profile_id,
        messages.member_key,
        replace(events.event, 'email_', '') as event,
        case when events.event = 'email_bounced' then {{ json_text('events.properties', 'bounce_type') }} end as reason,
        events.occurred_at,
        events.source,
        events.campaign,
        events.event_id
    from {{ source('activations', 'message_ledger') }} as messages
    join {{ ref('profile_events') }} as events on messages.message_id = events.message_id
    where
        events.event in (
            'email_delivered', 'email_opened', 'email_machine_opened', 'email_clicked', 'email_bounced', 'email_complained', 'email_unsubscribed'
        )
)

select * from sendings
union all
select * from returns
