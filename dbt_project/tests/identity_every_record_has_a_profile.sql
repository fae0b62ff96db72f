-- A record with at least one identifier has exactly one profile, also when all its identifiers are withheld.
{{ config(group='identity') }}
select links.record_node
from {{ ref('identity_links') }} as links
left join {{ ref('identity_map') }} as map on links.record_node = map.node
where map.node is null
