{#-
    The rows of identity_components that an incremental run changes, as the name of a work table (node, component, is_added); component null
    takes a node out, is_added says that the table does not have the node.

    New edges are contracted by the components that their ends have, and that small graph is solved. A component that loses edges is taken
    apart and solved again from its stored edges. The largest of those that become one keeps its label, so that only the smaller sides change.
    The stored table is read twice: for the nodes that are asked about, and for those whose component is absorbed (three times when one is cut).
-#}
{% macro identity_components_delta(prefix, run) -%}
    {%- set was = this -%}
    {%- do drop_work_tables_at_once(prefix) -%}
    {%- do create_work_tables([
        (prefix ~ '_pending', 'select distinct left_node, right_node from (' ~ identity_pending_edges(run) ~ ') as edges'),
        (prefix ~ '_losing', identity_cut_nodes()),
        (prefix ~ '_fresh', identity_fresh_nodes_sql(run)),
        (prefix ~ '_was', identity_asked_sql(was, prefix)),
        (prefix ~ '_cut', identity_cut_components_sql(prefix)),
        (prefix ~ '_members', identity_cut_members_sql(was, prefix)),
        (prefix ~ '_stands', identity_standing_sql(prefix)),
        (prefix ~ '_given', identity_contracted_sql(prefix)),
    ]) -%}
    {%- set labels = small_graph_components('select u, v from ' ~ prefix ~ '_given', prefix ~ '_cc') -%}
    {%- do create_work_tables([
        (prefix ~ '_labels', identity_kept_labels_sql(prefix, labels)),
        (prefix ~ '_own', identity_own_nodes_sql(prefix)),
        (prefix ~ '_changes', identity_component_changes_sql(was, prefix, run)),
    ]) -%}
    {{ return(prefix ~ '_changes') }}
{%- endmacro %}

{#- Nodes that may have no component yet. -#}
{% macro identity_fresh_nodes_sql(run) -%}
    select node, node_type from {{ ref('identity_nodes') }} where seq > {{ run.done }}
    union
    select nodes.node, nodes.node_type
    from {{ ref('identity_nodes') }} as nodes
    where nodes.node in (select released.node from ({{ identity_released_nodes() }}) as released)
{%- endmacro %}

{% macro identity_asked_sql(was, prefix) -%}
    select node, component
    from {{ was }}
    where node in (
        select left_node as node from {{ prefix }}_pending
        union
        select right_node as node from {{ prefix }}_pending
        union
        select node from {{ prefix }}_losing
        union
        select node from {{ prefix }}_fresh
    )
{%- endmacro %}

{% macro identity_cut_components_sql(prefix) -%}
    select distinct component
    from {{ prefix }}_was
    where component is not null and node in (select node from {{ prefix }}_losing)
{%- endmacro %}

{% macro identity_cut_members_sql(was, prefix) -%}
    select node, component
    from {{ was }}
    where component in (select component from {{ prefix }}_cut)
{%- endmacro %}

{#- Nodes that stand for the component they have, because it stays; all others stand for themselves. -#}
{% macro identity_standing_sql(prefix) -%}
    select was.node, was.component
    from {{ prefix }}_was as was
    where was.component is not null and not exists (select 1 from {{ prefix }}_cut as cut where cut.component = was.component)
{%- endmacro %}

{#- Both ends of every edge that matters, by what they stand for. -#}
{% macro identity_contracted_sql(prefix) -%}
    select distinct
        coalesce(left_side.component, edges.left_node) as u,
        coalesce(right_side.component, edges.right_node) as v
    from (
        select left_node, right_node from {{ prefix }}_pending
        union
        select guarded.left_node, guarded.right_node
        from ({{ identity_edges_sql(prefix ~ '_members') }}) as guarded
    ) as edges
    left join {{ prefix }}_stands as left_side on edges.left_node = left_side.node
    left join {{ prefix }}_stands as right_side on edges.right_node = right_side.node
{%- endmacro %}
