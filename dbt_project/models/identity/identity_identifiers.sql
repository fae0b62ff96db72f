-- One row per record x identifier, with the profile of the record: also the identifiers that link nobody, and why they do not.
{{ config(materialized='view') }}
select
    map.profile_id,
    links.source,
    links.record_id,
    links.identifier_type,
    links.identifier_value,
    links.first_seen,
    links.last_seen,
    identifiers.guard as withheld_by,
    identifiers.reason as withheld_reason,
    records.node is not null as is_record_withheld
from {{ ref('identity_links') }} as links
join {{ ref('identity_map') }} as map on links.record_node = map.node
left join {{ ref('identity_withheld') }} as identifiers on links.identifier_node = identifiers.node
left join {{ ref('identity_withheld') }} as records on links.record_node = records.node
