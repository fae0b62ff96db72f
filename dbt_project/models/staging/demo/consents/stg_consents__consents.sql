with addressed as (
    select
        decisions.*,
        case when decisions.email is not null then 'email' else 'phone' end as identifier_type,
        coalesce(decisions.email, phones.e164) as identifier_value
    from {{ ref('stg_consents__decisions') }} as decisions
    left join {{ ref('phone_numbers') }} as phones
        on decisions.phone_text = phones.phone_text
        and decisions.phone_region = phones.region
)

select
    'consents' as source,
    {{ address_record('identifier_value', 'identifier_type') }} as record_id,
    identifier_type,
    identifier_value,
    channel,
    purpose,
    status,
    occurred_at,
    proof,
    consent_id,
    loaded_at
from addressed
where identifier_value is not null
