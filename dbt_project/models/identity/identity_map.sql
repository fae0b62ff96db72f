-- One row per node that belongs to somebody. Everything joins through this map or through identity_records; events are never rewritten.
-- depends_on: {{ ref('identity_merges') }}
select
    nodes.node,
    nodes.node_type,
    nodes.node_value,
    assignments.profile_id
from {{ ref('identity_nodes') }} as nodes
join {{ ref('identity_components') }} as components on nodes.node = components.node
join {{ ref('identity_assignments') }} as assignments on components.component = assignments.component
