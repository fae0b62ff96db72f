-- One row per entry of the points account.
with

points as (
    {{ feed('points') }}
)

select
    records.profile_id,
    points.source,
    points.entry_id,
    points.kind,
    points.points,
    points.occurred_at,
    points.expires_at
from points
join {{ ref('identity_records') }} as records on points.source = records.source and points.record_id = records.record_id
where points.entry_id is not null
