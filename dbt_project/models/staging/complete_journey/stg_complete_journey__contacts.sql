with sent as (
    {{ newest(source('complete_journey', 'campaigns'), 'household_id, campaign_id', '_loaded_at') }}
),

descriptions as (
    {{ newest(source('complete_journey', 'campaign_descriptions'), 'campaign_id', '_loaded_at') }}
),

redemptions as (
    {{ newest(source('complete_journey', 'coupon_redemptions'), 'household_id, coupon_upc, campaign_id, redemption_date', '_loaded_at') }}
)

select
    'campaign_received:' || sent.campaign_id || ':' || sent.household_id as event_id,
    'campaign_received' as event,
    'u:' || sent.household_id as record_id,
    sent.household_id,
    sent.campaign_id,
    descriptions.campaign_type,
    cast(null as {{ dbt.type_string() }}) as coupon_upc,
    descriptions.start_date as occurred_at,
    greatest(sent._loaded_at, coalesce(descriptions._loaded_at, sent._loaded_at)) as loaded_at
from sent
left join descriptions on sent.campaign_id = descriptions.campaign_id
union all
select
    'coupon_redeemed:' || redemptions.campaign_id || ':' || redemptions.household_id || ':' || redemptions.coupon_upc || ':'
    || cast(cast(redemptions.redemption_date as date) as {{ dbt.type_string() }}) as event_id,
    'coupon_redeemed' as event,
    'u:' || redemptions.household_id as record_id,
    redemptions.household_id,
    redemptions.campaign_id,
    descriptions.campaign_type,
    redemptions.coupon_upc,
    redemptions.redemption_date as occurred_at,
    redemptions._loaded_at as loaded_at
from redemptions
left join descriptions on redemptions.campaign_id = descriptions.campaign_id
