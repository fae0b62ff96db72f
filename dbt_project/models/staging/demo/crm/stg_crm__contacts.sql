with versions as (
    {{ newest(source('crm', 'contacts'), 'contact_id, updated_at', 'created_at') }}
)

select
    {{ clean_text('contact_id') }} as contact_id,
    'c:' || {{ clean_text('contact_id') }} as record_id,
    {{ normalise_email('email') }} as email,
    {{ phone_text('phone') }} as phone_text,
    {{ phone_region('crm') }} as phone_region,
    {{ clean_text('first_name') }} as first_name,
    {{ clean_text('last_name') }} as last_name,
    {{ clean_text('city') }} as city,
    {{ clean_text('children') }} as children,
    lower({{ clean_text('language') }}) as language,
    case
        when lower(trim(newsletter)) in ('yes', 'y', '1', 'true', 'tak', 't') then true
        when lower(trim(newsletter)) in ('no', 'n', '0', 'false', 'nie', 'f') then false
    end as newsletter,
    created_at,
    coalesce(updated_at, created_at) as updated_at,
    _loaded_at as loaded_at
from versions
