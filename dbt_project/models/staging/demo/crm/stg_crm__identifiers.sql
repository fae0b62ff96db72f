with records as (
    select
        contacts.record_id,
        contacts.contact_id as crm_id,
        contacts.email,
        phones.e164 as phone,
        contacts.created_at as first_seen_at,
        contacts.updated_at as last_seen_at,
        contacts.loaded_at
    from {{ ref('stg_crm__contacts') }} as contacts
    left join {{ ref('phone_numbers') }} as phones
        on contacts.phone_text = phones.phone_text
        and contacts.phone_region = phones.region
)

{{ identifiers_from('records', 'crm', {'crm_id': 'crm_id', 'email': 'email', 'phone': 'phone'}) }}
