-- One row per profile with events, in one pass over them.
{%- set recent = "occurred_at > " ~ dbt.dateadd('day', -90, as_of()) %}
select
    profile_id,
    min(occurred_at) as first_event_at,
    max(case when event in ({{ event_group('any_activity') }}) then occurred_at end) as last_activity_at,
    count(case when event = 'email_delivered' and {{ recent }} then 1 end) as emails_delivered_90d,
    count(case when event = 'email_opened' and {{ recent }} then 1 end) as emails_opened_90d
from {{ ref('profile_events') }}
where occurred_at <= {{ as_of() }}
group by 1
