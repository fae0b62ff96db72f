-- One row per record x identifier, before any guard: what the sources said.
with

observed as (
    {{ feed('identifiers') }}
),

links as (
    select
        source,
        record_id,
        identifier_type,
        identifier_value,
        min(observed_at) as first_seen,
        max(observed_at) as last_seen
    from observed
    where record_id is not null and identifier_value is not null
    group by 1, 2, 3, 4
)

select
    source,
    record_id,
    identifier_type,
    identifier_value,
    {{ id_hash("'record:' || source || ':' || record_id") }} as record_node,
    {{ id_hash("identifier_type || ':' || identifier_value") }} as identifier_node,
    first_seen,
    last_seen
from links
