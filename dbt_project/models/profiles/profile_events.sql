-- One row per event of a known profile, ordered by event, occurred_at. What has no name or no time is no event: one such row of a source
-- must not keep everybody's events from being stored.
{{ config(materialized='table', **physical_order_config(['event', 'occurred_at'])) }}
with

events as (
    {{ feed('events') }}
),

attributed as {{ materialised_before_ordering() }} (
    select
        records.profile_id,
        events.event,
        events.occurred_at,
        events.event_id,
        events.source,
        events.order_id,
        events.cart_id,
        events.product_id,
        events.category,
        events.amount,
        events.quantity,
        events.message_id,
        events.channel,
        events.campaign,
        events.properties,
        events.record_id
    from events
    join {{ ref('identity_records') }} as records on events.source = records.source and events.record_id = records.record_id
    where events.event is not null and events.occurred_at is not null
)

select
    profile_id,
    event,
    occurred_at,
    event_id,
    source,
    order_id,
    cart_id,
    product_id,
    category,
    amount,
    quantity,
    message_id,
    channel,
    campaign,
    properties,
    record_id
from attributed
{{ physical_order(['event', 'occurred_at']) }}
