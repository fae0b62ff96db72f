{#-
    Takes apart what holds several anchors (user_ids), or two identifiers that a person keeps apart: the name of a work table
    (node, component, cluster, distance, via_node, guard), with a row per node of those components only.

    First every node goes to its nearest anchor (distance and via_node are null where only one could be reached without passing another). Then what still holds both ends of a never-link is divided between the two in the same way.
-#}
{% macro identity_anchored(prefix, run) -%}
    {%- do drop_work_tables(prefix) -%}
    {%- do create_work_table(prefix ~ '_touched', identity_touched_components_sql(run)) -%}
    {%- set twins = connected_components(identity_linked_by_hand_sql(), prefix ~ '_twins') | trim -%}
    {%- do create_work_table(prefix ~ '_anchors', identity_anchors_sql(prefix, twins)) -%}
    {%- do create_work_table(prefix ~ '_never', identity_never_sql(prefix)) -%}
    {%- do create_work_table(prefix ~ '_edges', identity_anchored_edges_sql(prefix)) -%}
    {%- set islands = connected_components(identity_edges_without_anchors_sql(prefix), prefix ~ '_islands') | trim -%}
    {%- do create_work_table(prefix ~ '_own', identity_own_islands_sql(prefix, islands)) -%}
    {%- do create_work_table(prefix ~ '_a_seeds', "select node, cluster from " ~ prefix ~ "_anchors") -%}
    {%- do create_work_table(prefix ~ '_a_edges', identity_contested_edges_sql(prefix)) -%}
    {%- set near = nearest_anchor(prefix ~ '_a', prefix ~ '_a_edges', prefix ~ '_a_seeds') -%}
    {%- do create_work_table(prefix ~ '_once', identity_once_sql(prefix, near)) -%}
    {%- do create_work_table(prefix ~ '_n_seeds', identity_never_seeds_sql(prefix)) -%}
    {%- do create_work_table(prefix ~ '_n_edges', identity_inner_edges_sql(prefix)) -%}
    {%- set apart = nearest_anchor(prefix ~ '_n', prefix ~ '_n_edges', prefix ~ '_n_seeds') -%}
    {%- do create_work_table(prefix ~ '_twice', identity_twice_sql(prefix, apart)) -%}
    {{ return(prefix ~ '_twice') }}
{%- endmacro %}

{#- Components whose anchors have to be looked at: all in a full run, else those with a link, a node or a decision that is new, and those
    that lost a link and may have kept their label all the same. -#}
{% macro identity_touched_components_sql(run) -%}
    {%- if not run.is_delta or identity_anchor_types_moved() -%}
    select distinct component from {{ ref('identity_components') }} where component is not null
    {%- else -%}
    select distinct components.component
    from {{ ref('identity_components') }} as components
    join (
        select node from {{ ref('identity_components') }} where seq > {{ run.done }}
        union
        select record_node as node from {{ ref('identity_links') }} where updated_seq > {{ run.done }}
        union
        select left_node as node from ({{ identity_pending_edges(run) }}) as pending
        union
        select left_node as node from ({{ identity_never_links() }}) as never_links
        union
        select left_node as node from {{ previous_relation('identity_applied') }} where kind in ('never_link', 'always_link')
    ) as nodes on components.node = nodes.node
    where components.component is not null

    union

    select known.component
    from {{ this }} as known
    join ({{ identity_cut_nodes() }}) as cut on known.node = cut.node
    where known.cluster is not null
    {%- endif -%}
{%- endmacro %}

{% macro identity_anchor_types_moved() -%}
    {%- set sql -%}
        select count(*) as moved
        from (
            select coalesce(now.rule, applied.rule) as rule
            from ({{ identity_anchor_types() }}) as now
            full outer join (select left_node as rule from {{ previous_relation('identity_applied') }} where kind = 'anchor_type') as applied
                on now.rule = applied.rule
            where now.rule is null or applied.rule is null
        ) as difference
    {%- endset -%}
    {{ return((run_query(sql).columns[0].values()[0] | int) > 0) }}
{%- endmacro %}

{#- Types of which a profile has one at most, and the strength of each type's links: when they change, all components are looked at. -#}
{% macro identity_anchor_types() -%}
    select {{ id_hash("identifier_type || ':' || cast(priority as " ~ dbt.type_string() ~ ") || ':' || case when is_anchor then 'anchor' else '' end") }} as rule
    from {{ ref('identity_rules') }}
{%- endmacro %}

{#- Accounts that a person linked by hand are one anchor. -#}
{% macro identity_linked_by_hand_sql() -%}
    select left_node as u, right_node as v from {{ ref('identity_edges') }} where rule = 'always_link'
{%- endmacro %}

{#- The anchors of the touched components that hold two or more. -#}
{% macro identity_anchors_sql(prefix, twins) -%}
    with anchors as (
        select nodes.node, coalesce(twins.p, nodes.node) as cluster, components.component
        from {{ ref('identity_nodes') }} as nodes
        join {{ ref('identity_rules') }} as rules on nodes.node_type = rules.identifier_type and rules.is_anchor
        join {{ ref('identity_components') }} as components on nodes.node = components.node
        join {{ prefix }}_touched as touched on components.component = touched.component
        left join {{ twins }} as twins on nodes.node = twins.x
        {%- if not identity_guard_is_on('one_anchor') %}
        where 1 = 0
        {%- endif %}
    ),

    crowded as (
        select component
        from anchors
        group by 1
        having min(cluster) < max(cluster)
    )

    select anchors.*
    from anchors
    join crowded on anchors.component = crowded.component
{%- endmacro %}

{#- Never-links whose two ends are in one touched component: (left_node, right_node, component). -#}
{% macro identity_never_sql(prefix) -%}
    select pairs.left_node, pairs.right_node, left_side.component
    from ({{ identity_never_links() }}) as pairs
    join {{ ref('identity_components') }} as left_side on pairs.left_node = left_side.node
    join {{ ref('identity_components') }} as right_side on pairs.right_node = right_side.node
    join {{ prefix }}_touched as touched on left_side.component = touched.component
    where left_side.component = right_side.component and pairs.left_node <> pairs.right_node
{%- endmacro %}

{% macro identity_anchored_edges_sql(prefix) -%}
    with inside as (
        select
            edges.left_node,
            edges.right_node,
            case edges.rule when 'always_link' then 0 else coalesce(rules.priority, 99) end as weight,
            edges.last_seen
        from {{ ref('identity_edges') }} as edges
        join {{ ref('identity_components') }} as components on edges.left_node = components.node
        join (
            select component from {{ prefix }}_anchors
            union
            select component from {{ prefix }}_never
        ) as scope on components.component = scope.component
        left join {{ ref('identity_rules') }} as rules on edges.rule = 'same_' || rules.identifier_type
    )

    select left_node as u, right_node as v, weight, last_seen from inside
    union all
    select right_node as u, left_node as v, weight, last_seen from inside
{%- endmacro %}

{#- Every node of the components in question, after the first division. -#}
{% macro identity_once_sql(prefix, near) -%}
    select
        components.node,
        components.component,
        coalesce(near.cluster, own.cluster, components.component) as cluster,
        near.distance,
        near.via_node
    from {{ ref('identity_components') }} as components
    join (
        select component from {{ prefix }}_anchors
        union
        select component from {{ prefix }}_never
    ) as scope on components.component = scope.component
    left join {{ near }} as near on components.node = near.node
    left join {{ prefix }}_own as own on components.node = own.node
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
        case when apart.node is null then 'one_anchor' else 'never_link' end as guard
    from {{ prefix }}_once as once
    left join {{ apart }} as apart on once.node = apart.node
{%- endmacro %}
