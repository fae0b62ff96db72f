-- One row per sync x day x status x reason: how many operations ended so (their last attempt of that day), how many rows were left out of the
-- plan and why, and how many messages came to what.
with

attempts as (
    select
        sync,
        cast(log.at as date) as day,
        status,
        code as reason,
        row_number() over (
            partition by plan_id, op_id, cast(log.at as date)
            order by attempt desc, case status when 'accepted' then 2 when 'unknown' then 1 else 0 end
        ) as place
    from {{ source('activations', 'activation_log') }} as log
),

excluded as (
    select
        plans.sync,
        cast(runs.as_of as date) as day,
        plans.action as status,
        plans.reason,
        row_number() over (partition by plans.plan_id, plans.op_id order by runs.planned_at) as place
    from {{ source('activations', 'activation_plan') }} as plans
    join {{ source('activations', 'activation_runs') }} as runs on plans.plan_id = runs.plan_id
    where plans.action not in ('add', 'change', 'remove')
),

messages as (
    select
        sync,
        cast(occurred_at as date) as day,
        'message_' || event as status,
        reason,
        1 as place
    from {{ ref('message_events') }}
    where source <> 'activations'
),

outcomes as (
    select * from attempts
    union all
    select * from excluded
    union all
    select * from messages
)

select
    sync,
    day,
    status,
    coalesce(reason, '') as reason,
    count(*) as operations
from outcomes
where place = 1
group by 1, 2, 3, 4
