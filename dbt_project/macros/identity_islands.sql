{#- What is left of the components when their anchors are taken out falls into islands. Most of them touch one anchor only: all of such an
    island is that anchor's, however long its chains are, and only the others have to be searched. -#}
{% macro identity_edges_without_anchors_sql(prefix) -%}
    select edges.u, edges.v
    from {{ prefix }}_edges as edges
    left join {{ prefix }}_anchors as near_side on edges.u = near_side.node
    left join {{ prefix }}_anchors as far_side on edges.v = far_side.node
    where near_side.node is null and far_side.node is null and edges.u < edges.v
{%- endmacro %}

{#- (node, cluster) of the nodes of islands that touch one anchor's cluster only. -#}
{% macro identity_own_islands_sql(prefix, islands) -%}
    with shores as (
        select distinct coalesce(islands.p, edges.v) as island, anchors.cluster
        from {{ prefix }}_edges as edges
        join {{ prefix }}_anchors as anchors on edges.u = anchors.node
        left join {{ prefix }}_anchors as far_side on edges.v = far_side.node
        left join {{ islands }} as islands on edges.v = islands.x
        where far_side.node is null
    ),

    own as (
        select island, min(cluster) as cluster
        from shores
        group by 1
        having count(*) = 1
    )

    select own.island as node, own.cluster
    from own
    union
    select islands.x as node, own.cluster
    from {{ islands }} as islands
    join own on islands.p = own.island
{%- endmacro %}

{#- The edges that have to be searched: those that leave or cross islands of several anchors. -#}
{% macro identity_contested_edges_sql(prefix) -%}
    select edges.u, edges.v, edges.weight, edges.last_seen
    from {{ prefix }}_edges as edges
    left join {{ prefix }}_own as near_side on edges.u = near_side.node
    left join {{ prefix }}_own as far_side on edges.v = far_side.node
    where near_side.node is null and far_side.node is null
{%- endmacro %}
