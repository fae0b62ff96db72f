with plans as (
    select
        record_id,
        occurred_at as observed_at,
        case event
            when 'trial_activated' then 'trial'
            when 'subscription_started' then coalesce(plan, 'paid')
            when 'subscription_ended' then 'none'
        end as plan
    from {{ ref('stg_club__memberships') }}
)

{{ attributes_from('plans', 'club', {'plan': 'plan'}) }}
