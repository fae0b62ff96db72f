-- Both ends of a link belong to one profile, unless the link was cut between two parts of a component.
{{ config(group='identity') }}
select
    edges.left_node,
    edges.right_node
from {{ ref('identity_edges') }} as edges
left join {{ ref('identity_map') }} as left_side on edges.left_node = left_side.node
left join {{ ref('identity_map') }} as right_side on edges.right_node = right_side.node
left join {{ ref('identity_clusters') }} as left_part on edges.left_node = left_part.node
left join {{ ref('identity_clusters') }} as right_part on edges.right_node = right_part.node
where
    left_side.profile_id is null
    or right_side.profile_id is null
    or (left_part.cluster = right_part.cluster and left_side.profile_id <> right_side.profile_id)
    or (left_part.cluster <> right_part.cluster and left_side.profile_id = right_side.profile_id)
