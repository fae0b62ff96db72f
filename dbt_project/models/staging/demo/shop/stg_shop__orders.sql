with orders as (
    {{ newest(source('shop', 'orders'), 'order_id', 'updated_at') }}
),

cleaned as (
    select
        *,
        {{ clean_text('customer_id') }} as known_customer_id
    from orders
)

select
    cast(order_id as {{ dbt.type_string() }}) as order_id,
    known_customer_id as customer_id,
    case
        when known_customer_id is not null then 'u:' || known_customer_id
        else 'o:' || cast(order_id as {{ dbt.type_string() }})
    end as record_id,
    {{ normalise_email('email') }} as email,
    {{ phone_text('phone') }} as phone_text,
    {{ phone_region('shop') }} as phone_region,
    lower({{ clean_text('status') }}) as status,
    ordered_at,
    coalesce(updated_at, ordered_at) as updated_at,
    upper({{ clean_text('currency') }}) as currency,
    total,
    {{ clean_text('cart_id') }} as cart_id,
    lower({{ clean_text('channel') }}) as channel,
    upper({{ clean_text('coupon_code') }}) as coupon_code,
    discount,
    _loaded_at as loaded_at
from cleaned
