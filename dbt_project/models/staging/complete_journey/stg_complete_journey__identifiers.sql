with sightings as (
    select household_id, paid_at as seen_at, loaded_at from {{ ref('stg_complete_journey__transactions') }}
    union all
    select household_id, occurred_at as seen_at, loaded_at from {{ ref('stg_complete_journey__contacts') }}
    union all
    select household_id, {{ timestamp_literal('2017-01-01 00:00:00') }} as seen_at, _loaded_at as loaded_at
    from {{ source('complete_journey', 'demographics') }}
),

records as (
    select
        'u:' || household_id as record_id,
        household_id as user_id,
        min(seen_at) as first_seen_at,
        max(seen_at) as last_seen_at,
        max(loaded_at) as loaded_at
    from sightings
    where household_id is not null
    group by 1, 2
)

{{ identifiers_from('records', 'complete_journey', {'user_id': 'user_id'}) }}
