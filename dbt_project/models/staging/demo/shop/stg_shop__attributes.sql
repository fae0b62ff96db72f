with customers as (
    select
        customers.*,
        customers.updated_at as observed_at,
        phones.e164 as phone
    from {{ ref('stg_shop__customers') }} as customers
    left join {{ ref('phone_numbers') }} as phones
        on customers.phone_text = phones.phone_text
        and customers.phone_region = phones.region
)

{{ attributes_from('customers', 'shop', {
    'email': 'email', 'phone': 'phone', 'first_name': 'first_name', 'last_name': 'last_name', 'city': 'city', 'country': 'country',
    'language': 'language', 'birth_date': 'birth_date', 'is_employee': 'is_employee',
}) }}
