with carts as (
    {{ newest(source('shop', 'carts'), 'cart_id', 'updated_at') }}
),

cleaned as (
    select
        *,
        {{ clean_text('customer_id') }} as known_customer_id,
        {{ clean_text('anonymous_id') }} as known_anonymous_id
    from carts
)

select
    cast(cart_id as {{ dbt.type_string() }}) as cart_id,
    known_customer_id as customer_id,
    known_anonymous_id as anonymous_id,
    case
        when known_customer_id is not null then 'u:' || known_customer_id
        when known_anonymous_id is not null then 'a:' || known_anonymous_id
    end as record_id,
    created_at,
    coalesce(updated_at, created_at) as updated_at,
    lower({{ clean_text('status') }}) as status,
    total,
    cast(items as {{ dbt.type_string() }}) as items,
    _loaded_at as loaded_at
from cleaned
