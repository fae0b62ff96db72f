-- One row per profile.
{%- set golden = {
    'first_name': 'text', 'last_name': 'text', 'email': 'text', 'phone': 'text', 'city': 'text', 'country': 'text',
    'language': 'text', 'birth_date': 'date', 'gender': 'text'
} %}
with

people as (
    select
        profile_id,
        min(first_seen) as first_seen,
        max(last_seen) as last_seen
    from {{ ref('identity_records') }}
    group by 1
),

identifiers as (
    select
        profile_id,
        count(*) as identifiers_count,
        count(case when node_type not in ('anonymous_id', 'device_id', 'push_token') then 1 end) as known_identifiers
    from {{ ref('identity_map') }}
    where node_type <> 'record'
    group by 1
),

golden as (
    select
        profile_id,
        {%- for field in golden %}
        max(case when field = '{{ field }}' then value end) as {{ field }},
        max(case when field = '{{ field }}' then source end) as {{ field }}_source,
        max(case when field = '{{ field }}' then observed_at end) as {{ field }}_observed_at,
        {%- endfor %}
        max(case when field = 'is_employee' and lower(value) in ('true', 't', 'yes', '1') then 1 else 0 end) as is_employee,
        max(case when field = 'plan' then value end) as plan,
        max(case when field = 'loyalty_tier' then value end) as loyalty_tier
    from {{ ref('golden_attributes') }}
    group by 1
),

-- A city whose country nobody told is looked up by its name alone, where only one country has it.
places as (
    select
        name,
        country,
        latitude,
        longitude,
        time_zone
    from {{ ref('places') }}

    union all

    select
        name,
        '' as country,
        min(latitude) as latitude,
        min(longitude) as longitude,
        min(time_zone) as time_zone
    from {{ ref('places') }}
    group by name
    having count(*) = 1
),

children as (
    select
        profile_id,
        count(*) as children_count
    from {{ ref('profile_children') }}
    group by 1
)

select
    people.profile_id,
    {%- for field, type in golden.items() %}
    {{ try_cast('golden.' ~ field, 'date') if type == 'date' else 'golden.' ~ field }} as {{ field }},
    golden.{{ field }}_source,
    golden.{{ field }}_observed_at,
    {%- endfor %}
    coalesce(golden.is_employee, 0) = 1 as is_employee,
    coalesce(identifiers.known_identifiers, 0) = 0 as is_anonymous,
    places.latitude,
    places.longitude,
    places.time_zone,
    golden.plan,
    golden.loyalty_tier,
    points.points_balance,
    points.points_expiring_30d,
    coalesce(children.children_count, 0) as children_count,
    coalesce(orders.orders_count, 0) as orders_count,
    coalesce(orders.lifetime_value, 0) as lifetime_value,
    case when orders.orders_count > 0 then orders.lifetime_value / orders.orders_count end as average_order_value,
    orders.first_order_at,
    orders.last_order_at,
    cast({{ dbt.datediff('orders.last_order_at', as_of(), 'day') }} as bigint) as days_since_last_order,
    coalesce(orders.returns_count, 0) as returns_count,
    coalesce(orders.returns_value, 0) as returns_value,
    orders.favourite_category,
    orders.rfm_recency,
    orders.rfm_frequency,
    orders.rfm_monetary,
    {{ rfm_group('orders.rfm_recency', 'orders.rfm_frequency') }} as rfm_group,
    {{ lifecycle_stage('orders.first_order_at', 'orders.last_order_at') }} as lifecycle_stage,
    case when events.first_event_at < people.first_seen then events.first_event_at else coalesce(people.first_seen, events.first_event_at) end
        as first_seen_at,
    coalesce(events.last_activity_at, people.last_seen) as last_seen_at,
    coalesce(events.emails_delivered_90d, 0) as emails_delivered_90d,
    coalesce(events.emails_opened_90d, 0) as emails_opened_90d,
    orders.preferred_channel,
    coalesce(identifiers.identifiers_count, 0) as identifiers_count
from people
left join identifiers on people.profile_id = identifiers.profile_id
left join golden on people.profile_id = golden.profile_id
left join places on lower(trim(golden.city)) = places.name and coalesce(upper(golden.country), '') = places.country
left join children on people.profile_id = children.profile_id
left join {{ ref('profile_points_facts') }} as points on people.profile_id = points.profile_id
left join {{ ref('profile_order_facts') }} as orders on people.profile_id = orders.profile_id
left join {{ ref('profile_event_facts') }} as events on people.profile_id = events.profile_id
