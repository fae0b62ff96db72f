{#- The shapes out of a model made by segment_messages. -#}
{% macro segment_events(messages, source_name) -%}
    select
        message_id as event_id,
        event,
        occurred_at,
        '{{ source_name }}' as source,
        record_id,
        order_id,
        cart_id,
        product_id,
        category,
        amount,
        quantity,
        mail_message_id as message_id,
        '{{ source_name }}' as channel,
        campaign,
        properties
    from {{ messages }}
    where event is not null and occurred_at is not null
{%- endmacro %}

{#- Who is behind a call: a visitor (record a:<anonymousId>) until a user is signed in (record u:<userId>).
    Only an identify call says that the two are one, and says so on the user's record: a device that several users share shows as
    one anonymous_id on several user records, where identity can count it and hold it back. -#}
{% macro segment_identifiers(messages, source_name) -%}
with callers as (
    select
        anonymous_id,
        user_id,
        device_id,
        email,
        phone_text,
        phone_region,
        case when type = 'identify' then true else false end as is_identify,
        min(occurred_at) as first_seen_at,
        max(occurred_at) as last_seen_at,
        max(loaded_at) as loaded_at
    from {{ messages }}
    group by 1, 2, 3, 4, 5, 6, 7
),

visitors as (
    select
        'a:' || anonymous_id as record_id,
        anonymous_id,
        cast(null as {{ dbt.type_string() }}) as user_id,
        device_id,
        cast(null as {{ dbt.type_string() }}) as email,
        cast(null as {{ dbt.type_string() }}) as phone_text,
        cast(null as {{ dbt.type_string() }}) as phone_region,
        first_seen_at,
        last_seen_at,
        loaded_at
    from callers
    where anonymous_id is not null
),

users as (
    select
        case when user_id is not null then 'u:' || user_id else 'a:' || anonymous_id end as record_id,
        case when is_identify then anonymous_id end as anonymous_id,
        user_id,
        case when is_identify then device_id end as device_id,
        email,
        phone_text,
        phone_region,
        first_seen_at,
        last_seen_at,
        loaded_at
    from callers
    where user_id is not null or is_identify
),

records as (
    select
        seen.*,
        phones.e164 as phone
    from (
        select * from visitors
        union all
        select * from users
    ) as seen
    left join {{ ref('phone_numbers') }} as phones
        on seen.phone_text = phones.phone_text
        and seen.phone_region = phones.region
)

{{ identifiers_from('records', source_name, {
    'anonymous_id': 'anonymous_id', 'user_id': 'user_id', 'device_id': 'device_id', 'email': 'email', 'phone': 'phone',
}) }}
{%- endmacro %}

{% macro segment_attributes(messages, source_name) -%}
with identifies as (
    select
        messages.*,
        messages.occurred_at as observed_at,
        phones.e164 as phone
    from {{ messages }} as messages
    left join {{ ref('phone_numbers') }} as phones
        on messages.phone_text = phones.phone_text
        and messages.phone_region = phones.region
    where messages.type = 'identify'
)

{{ attributes_from('identifies', source_name, {
    'email': 'email', 'phone': 'phone', 'first_name': 'first_name', 'last_name': 'last_name', 'city': 'city', 'country': 'country',
    'language': 'language', 'birth_date': 'birth_date', 'gender': 'gender', 'plan': 'plan',
}) }}
{%- endmacro %}
