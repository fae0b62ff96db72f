-- One row per source record.
select
    records.source,
    records.record_id,
    map.profile_id,
    records.first_seen,
    records.last_seen
from (
    select
        source,
        record_id,
        record_node,
        min(first_seen) as first_seen,
        max(last_seen) as last_seen
    from {{ ref('identity_links') }}
    group by 1, 2, 3
) as records
join {{ ref('identity_map') }} as map on records.record_node = map.node
