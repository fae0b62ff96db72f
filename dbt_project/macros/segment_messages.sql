{#- Tracking calls of the Segment spec (https://segment.com/docs/connections/spec) in our names, each JSON text parsed once.
    One row per message id; calls without an id are told apart by where they were read. -#}
{% macro segment_messages(relation, source_name) -%}
    {%- set properties = {
        'order_id': 'order_id', 'cart_id': 'cart_id', 'product_id': 'product_id', 'category': 'category', 'list_id': 'list_id',
        'total': 'total', 'revenue': 'revenue', 'value': 'value', 'price': 'price', 'quantity': 'quantity',
        'message_id': 'message_id', 'query': 'query',
    } -%}
    {%- set context = {'device_id': 'device.id', 'page': 'page', 'campaign': 'campaign.name'} -%}
    {%- set traits = {
        'email': 'email', 'phone': 'phone', 'first_name': 'first_name', 'firstName': 'firstName', 'last_name': 'last_name',
        'lastName': 'lastName', 'city': 'city', 'address_city': 'address.city', 'country': 'country',
        'address_country': 'address.country', 'language': 'language', 'birthday': 'birthday', 'birth_date': 'birth_date',
        'gender': 'gender', 'plan': 'plan',
    } -%}
with calls as (
    {{ first_loaded(relation, 'messageId') }}
),

parsed as (
    select
        {{ clean_text('messageId') }} as given_id,
        lower(type) as type,
        {{ clean_text('anonymousId') }} as anonymous_id,
        {{ clean_text('userId') }} as user_id,
        {{ canonical_event('event', 'type') }} as event,
        coalesce(timestamp, receivedAt) as occurred_at,
        receivedAt as received_at,
        cast(properties as {{ dbt.type_string() }}) as properties,
        {{ json_record('properties', properties) }} as p,
        {{ json_record('context', context) }} as c,
        {{ json_record('traits', traits) }} as t,
        _loaded_at,
        _file,
        _row
    from calls
)

select
    coalesce(given_id, _file || ':' || cast(_row as {{ dbt.type_string() }})) as message_id,
    type,
    case when user_id is not null then 'u:' || user_id when anonymous_id is not null then 'a:' || anonymous_id end as record_id,
    anonymous_id,
    user_id,
    {{ clean_text(json_field('c', 'device_id', context)) }} as device_id,
    event,
    occurred_at,
    received_at,
    _loaded_at as loaded_at,
    {{ json_field('p', 'order_id', properties) }} as order_id,
    {{ json_field('p', 'cart_id', properties) }} as cart_id,
    {{ json_field('p', 'product_id', properties) }} as product_id,
    coalesce(
        {{ json_field('p', 'category', properties) }},
        {{ json_field('p', 'list_id', properties) }},
        {{ search_words(json_field('p', 'query', properties)) }}
    ) as category,
    {%- set money = [] -%}
    {%- for name in ['total', 'revenue', 'value', 'price'] -%}
        {%- do money.append(json_field('p', name, properties)) -%}
    {%- endfor %}
    {{ try_cast('coalesce(' ~ money | join(', ') ~ ')', type_double()) }} as amount,
    {{ try_cast(json_field('p', 'quantity', properties), type_double()) }} as quantity,
    {{ json_field('p', 'message_id', properties) }} as mail_message_id,
    {{ json_field('c', 'campaign', context) }} as campaign,
    case when properties is null or properties = '{}' then {{ json_field('c', 'page', context) }} else properties end as properties,
    {{ normalise_email(json_field('t', 'email', traits)) }} as email,
    {{ phone_text(json_field('t', 'phone', traits)) }} as phone_text,
    {{ phone_region(source_name) }} as phone_region,
    {{ clean_text('coalesce(' ~ json_field('t', 'first_name', traits) ~ ', ' ~ json_field('t', 'firstName', traits) ~ ')') }} as first_name,
    {{ clean_text('coalesce(' ~ json_field('t', 'last_name', traits) ~ ', ' ~ json_field('t', 'lastName', traits) ~ ')') }} as last_name,
    {{ clean_text('coalesce(' ~ json_field('t', 'city', traits) ~ ', ' ~ json_field('t', 'address_city', traits) ~ ')') }} as city,
    upper({{ clean_text('coalesce(' ~ json_field('t', 'country', traits) ~ ', ' ~ json_field('t', 'address_country', traits) ~ ')') }}) as country,
    lower({{ clean_text(json_field('t', 'language', traits)) }}) as language,
    {{ try_cast('coalesce(' ~ json_field('t', 'birth_date', traits) ~ ', ' ~ json_field('t', 'birthday', traits) ~ ')', 'date') }} as birth_date,
    lower({{ clean_text(json_field('t', 'gender', traits)) }}) as gender,
    {{ clean_text(json_field('t', 'plan', traits)) }} as plan
from parsed
{%- endmacro %}

{#- What was searched for, so that the same words are one; an address that somebody typed there is not kept. -#}
{% macro search_words(query) -%}
    case when {{ query }} not like '%@%' then lower({{ clean_text(query) }}) end
{%- endmacro %}
