{#- (node, cluster) of the nodes of the relation or CTE `nodes` that belong to somebody: identity_clusters for a few nodes. The view itself
    would be made whole, since no engine takes the nodes into a left join inside of it. -#}
{% macro identity_clusters_of(nodes) -%}
    select
        components.node,
        coalesce(anchors.cluster, components.component) as cluster
    from (
        select node, component
        from {{ ref('identity_components') }}
        where component is not null and node in (select node from {{ nodes }})
    ) as components
    left join (
        select node, cluster
        from {{ ref('identity_anchors') }}
        where cluster is not null and node in (select node from {{ nodes }})
    ) as anchors on components.node = anchors.node
{%- endmacro %}
