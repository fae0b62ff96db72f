with customers as (
    select
        record_id,
        customer_id as user_id,
        cast(null as {{ dbt.type_string() }}) as anonymous_id,
        email,
        phone_text,
        phone_region,
        created_at as first_seen_at,
        updated_at as last_seen_at,
        loaded_at
    from {{ ref('stg_shop__customers') }}
),

-- A guest's order says who it is by the cart that it came from: the browser, or the account that had filled it.
orders as (
    select
        orders.record_id,
        coalesce(orders.customer_id, carts.customer_id) as user_id,
        case when coalesce(orders.customer_id, carts.customer_id) is null then carts.anonymous_id end as anonymous_id,
        orders.email,
        orders.phone_text,
        orders.phone_region,
        min(orders.ordered_at) as first_seen_at,
        max(orders.ordered_at) as last_seen_at,
        max(greatest(orders.loaded_at, coalesce(carts.loaded_at, orders.loaded_at))) as loaded_at
    from {{ ref('stg_shop__orders') }} as orders
    left join {{ ref('stg_shop__cart_states') }} as carts on orders.cart_id = carts.cart_id
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
        max(updated_at) as last_seen_at,
        max(loaded_at) as loaded_at
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
