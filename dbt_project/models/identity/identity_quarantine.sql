-- One row per withheld node: the guard, why, and how many people it would have made one.
with

touched as (
    select
        withheld.node,
        map.profile_id
    from {{ ref('identity_withheld') }} as withheld
    join {{ ref('identity_links') }} as links on withheld.node = links.identifier_node
    join {{ ref('identity_map') }} as map on links.record_node = map.node

    union all

    select
        withheld.node,
        map.profile_id
    from {{ ref('identity_withheld') }} as withheld
    join {{ ref('identity_links') }} as links on withheld.node = links.record_node
    join {{ ref('identity_map') }} as map on links.identifier_node = map.node
),

people as (
    select
        node,
        count(distinct profile_id) as people
    from touched
    group by 1
)

select
    withheld.node,
    nodes.node_type,
    nodes.node_value,
    withheld.guard,
    withheld.reason,
    coalesce(people.people, 0) as people,
    {{ as_of() }} as detected_at
from {{ ref('identity_withheld') }} as withheld
join {{ ref('identity_nodes') }} as nodes on withheld.node = nodes.node
left join people on withheld.node = people.node
