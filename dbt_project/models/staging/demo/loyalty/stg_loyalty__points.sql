with bookings as (
    {{ first_loaded(source('loyalty', 'points'), 'entry_id') }}
)

select
    'loyalty' as source,
    'l:' || {{ clean_text('loyalty_id') }} as record_id,
    {{ clean_text('entry_id') }} as entry_id,
    case lower(trim(kind))
        when 'earn' then 'earn'
        when 'redeem' then 'redeem'
        when 'expire' then 'expire'
    end as kind,
    abs(points) as points,
    occurred_at,
    expires_at
from bookings
where {{ clean_text('entry_id') }} is not null
