with contacts as (
    select
        contacts.*,
        contacts.updated_at as observed_at,
        phones.e164 as phone
    from {{ ref('stg_crm__contacts') }} as contacts
    left join {{ ref('phone_numbers') }} as phones
        on contacts.phone_text = phones.phone_text
        and contacts.phone_region = phones.region
)

{{ attributes_from('contacts', 'crm', {
    'email': 'email', 'phone': 'phone', 'first_name': 'first_name', 'last_name': 'last_name', 'city': 'city', 'language': 'language',
    'newsletter': 'newsletter',
}) }}
