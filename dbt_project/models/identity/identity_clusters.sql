-- One row per node that belongs to somebody, and the group of nodes that is one person: the component, or the node's part of it.
{{ config(materialized='view') }}
select
    components.node,
    coalesce(anchors.cluster, components.component) as cluster
from {{ ref('identity_components') }} as components
left join {{ ref('identity_anchors') }} as anchors on components.node = anchors.node
where components.component is not null
