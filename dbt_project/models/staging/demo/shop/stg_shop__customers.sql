with versions as (
    {{ newest(source('shop', 'customers'), 'customer_id, updated_at', 'created_at') }}
)

select
    cast(customer_id as {{ dbt.type_string() }}) as customer_id,
    'u:' || cast(customer_id as {{ dbt.type_string() }}) as record_id,
    {{ normalise_email('email') }} as email,
    {{ phone_text('phone') }} as phone_text,
    {{ phone_region('shop') }} as phone_region,
    {{ clean_text('first_name') }} as first_name,
    {{ clean_text('last_name') }} as last_name,
    {{ clean_text('city') }} as city,
    upper({{ clean_text('country') }}) as country,
    lower({{ clean_text('language') }}) as language,
    birth_date,
    is_employee,
    created_at,
    coalesce(updated_at, created_at) as updated_at,
    _loaded_at as loaded_at
from versions
