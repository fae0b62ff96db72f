-- One row per identifier and per source record. The test that `node` is unique is the test that no two names share a hash.
select
    identifier_node as node,
    identifier_type as node_type,
    identifier_value as node_value,
    min(first_seen) as first_seen,
    max(last_seen) as last_seen
from {{ ref('identity_links') }}
group by 1, 2, 3

union all

select
    record_node as node,
    'record' as node_type,
    source || ':' || record_id as node_value,
    min(first_seen) as first_seen,
    max(last_seen) as last_seen
from {{ ref('identity_links') }}
group by 1, 2, 3
