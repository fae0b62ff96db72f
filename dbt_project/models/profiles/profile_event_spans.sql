-- One row per profile and event, ordered by profile, so that the spans of a group of events are put together row after row.
-- Of all events, also those after as_of: whoever reads it says up to when.
{{ config(materialized='table', **physical_order_config(['event', 'last_at'])) }}
select
    profile_id,
    event,
    min(occurred_at) as first_at,
    max(occurred_at) as last_at,
    cast(count(*) as {{ dbt.type_bigint() }}) as events
from {{ ref('profile_events') }}
group by 1, 2
{{ physical_order(['profile_id', 'event']) }}
