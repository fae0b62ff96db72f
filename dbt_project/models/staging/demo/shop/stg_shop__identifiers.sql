with customers as (
    select
        record_id,
        customer_id as user_id,
        cast(null as {{ dbt.type_string() }}) as anonymous_id,
        email,
        phone_text,
        phone_region,
        created_at as first_seen_at,
        updated_at as last_seen_at
    from {{ ref('stg_shop__customers') }}
),

orders as (
    select
        record_id,
        customer_id as user_id,
        cast(null as {{ dbt.type_string() }}) as anonymous_id,
        email,
        phone_text,
        phone_region,
        min(ordered_at) as first_seen_at,
        max(ordered_at) as last_seen_at
    from {{ ref('stg_shop__orders') }}
    group by 1, 2, 3, 4, 5, 6
),

carts as (
    select
        record_id,
        customer_id as user_id,
        case when customer_id is null then anonymous_id end as anonymous_id,
        cast(null as {{ dbt.type_string() }}) as email,
        cast(null as {{ dbt.type_string() }}) as phone_text,
        cast(null as {{ dbt.type_string() }}) as phone_region,
        min(created_at) as first_seen_at,
        max(updated_at) as last_seen_at
    from {{ ref('stg_shop__cart_states') }}
    group by 1, 2, 3
),

seen as (
    select * from customers
    union all
    select * from orders
    union all
    select * from carts
),

records as (
    select
        seen.*,
        phones.e164 as phone
    from seen
    left join {{ ref('phone_numbers') }} as phones
        on seen.phone_text = phones.phone_text
        and seen.phone_region = phones.region
)

{{ identifiers_from('records', 'shop', {
    'user_id': 'user_id', 'email': 'email', 'phone': 'phone', 'anonymous_id': 'anonymous_id',
}) }}
