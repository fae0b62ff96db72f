{#- Identifiers that a person keeps apart, within what the anchors left together. -#}

{#- Never-links whose two ends are in one touched component: (left_node, right_node, component). -#}
{% macro identity_never_sql(prefix) -%}
    select pairs.left_node, pairs.right_node, left_side.component
    from ({{ identity_never_links() }}) as pairs
    join {{ prefix }}_members as left_side on pairs.left_node = left_side.node
    join {{ prefix }}_members as right_side on pairs.right_node = right_side.node
    where left_side.component = right_side.component and pairs.left_node <> pairs.right_node
{%- endmacro %}

{% macro identity_never_seeds_sql(prefix) -%}
    with together as (
        select never.left_node, never.right_node
        from {{ prefix }}_never as never
        join {{ prefix }}_once as left_side on never.left_node = left_side.node
        join {{ prefix }}_once as right_side on never.right_node = right_side.node
        where left_side.cluster = right_side.cluster
    )

    select left_node as node, left_node as cluster from together
    union
    select right_node as node, right_node as cluster from together
{%- endmacro %}

{% macro identity_inner_edges_sql(prefix) -%}
    select edges.u, edges.v, edges.weight, edges.last_seen
    from {{ prefix }}_edges as edges
    join {{ prefix }}_once as near_side on edges.u = near_side.node
    join {{ prefix }}_once as far_side on edges.v = far_side.node
    where near_side.cluster = far_side.cluster
        and near_side.cluster in (select cluster from {{ prefix }}_once where node in (select node from {{ prefix }}_n_seeds))
{%- endmacro %}

{% macro identity_twice_sql(prefix, apart) -%}
    select
        once.node,
        once.component,
        coalesce(apart.cluster, once.cluster) as cluster,
        coalesce(apart.distance, once.distance) as distance,
        case when apart.node is null then once.via_node else apart.via_node end as via_node,
        case when apart.node is null then once.guard else 'never_link' end as guard
    from {{ prefix }}_once as once
    left join {{ apart }} as apart on once.node = apart.node
{%- endmacro %}
