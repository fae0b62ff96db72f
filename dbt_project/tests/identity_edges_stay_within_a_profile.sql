-- The two ends of every edge have the same profile: the components are closed.
{{ config(group='identity') }}
select
    edges.left_node,
    edges.right_node
from {{ ref('identity_edges') }} as edges
left join {{ ref('identity_map') }} as records on edges.left_node = records.node
left join {{ ref('identity_map') }} as identifiers on edges.right_node = identifiers.node
where coalesce(records.profile_id, '') <> coalesce(identifiers.profile_id, '') or records.profile_id is null
