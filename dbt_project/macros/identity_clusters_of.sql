{#- (node, cluster) of the nodes of the relation or CTE `nodes` that belong to somebody: identity_clusters for a few nodes. The view itself
    would be made whole, since no engine takes the nodes into a left join inside of it. -#}
{% macro identity_clusters_of(nodes) -%}
    select
        components.node,
        coalesce(anchors.cluster, components.component) as cluster
    from (
        select node, component
        from {{ ref('identity_components') }}
        where component is not null and node in (select asked.node from {{ nodes }} as asked)
    ) as components
    left join (
        select node, cluster
        from {{ ref('identity_anchors') }}
        where cluster is not null and node in (select asked.node from {{ nodes }} as asked)
    ) as anchors on components.node = anchors.node
{%- endmacro %}

{#- (node, cluster) of the nodes of the clusters in the relation or CTE `clusters`. -#}
{% macro identity_nodes_in(clusters) -%}
    select components.node, components.component as cluster
    from (
        select node, component
        from {{ ref('identity_components') }}
        where component in (select asked.cluster from {{ clusters }} as asked)
    ) as components
    where not exists (
        select 1 from {{ ref('identity_anchors') }} as anchors where anchors.node = components.node and anchors.cluster is not null
    )

    union all

    select node, cluster
    from {{ ref('identity_anchors') }}
    where cluster in (select asked.cluster from {{ clusters }} as asked)
{%- endmacro %}
