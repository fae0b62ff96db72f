with members as (
    {{ newest(source('loyalty', 'members'), 'loyalty_id', 'joined_at') }}
)

select
    {{ clean_text('loyalty_id') }} as loyalty_id,
    'l:' || {{ clean_text('loyalty_id') }} as record_id,
    {{ clean_text('card_number') }} as card_number,
    {{ normalise_email('email') }} as email,
    {{ phone_text('phone') }} as phone_text,
    {{ phone_region('loyalty') }} as phone_region,
    {{ clean_text('first_name') }} as first_name,
    {{ clean_text('last_name') }} as last_name,
    {{ clean_text('city') }} as city,
    joined_at,
    lower({{ clean_text('tier') }}) as loyalty_tier,
    _loaded_at as loaded_at
from members
