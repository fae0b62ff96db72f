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

{#- (x, p) of the small graph, where p is the label of a component that existed, if one of the group did: of the one with the most nodes. How many
    that are is what identity_assignments last said of the cluster; it says nothing of a component that holds several, which goes first. -#}
{% macro identity_kept_labels_sql(prefix, labels) -%}
    with solved as (
        select x, p from {{ labels }}
        union all
        select distinct p as x, p from {{ labels }}
    ),

    standing as (
        select x, p
        from solved
        where x in (select component from {{ prefix }}_stands)
    ),

    best as (
        select p, x as label
        from (
            select
                standing.p,
                standing.x,
                row_number() over (
                    partition by standing.p
                    order by case when known.nodes is null then 0 else 1 end, known.nodes desc, standing.x
                ) as place
            from standing
            left join (
                select cluster, nodes
                from {{ previous_relation('identity_assignments') }}
                where cluster in (select standing.x from standing)
            ) as known on standing.x = known.cluster
        ) as ranked
        where place = 1
    )

    select solved.x, coalesce(best.label, solved.p) as p
    from solved
    left join best on solved.p = best.p
{%- endmacro %}

{#- (node, node_type, component as it is stored) of the nodes that are placed one by one. -#}
{% macro identity_own_nodes_sql(prefix) -%}
    select fresh.node, fresh.node_type, was.component
    from {{ prefix }}_fresh as fresh
    left join {{ prefix }}_was as was on fresh.node = was.node
    where not exists (select 1 from {{ prefix }}_members as members where members.node = fresh.node)

    union all

    select members.node, nodes.node_type, members.component
    from (
        select node, node_type
        from {{ ref('identity_nodes') }}
        where node in (select node from {{ prefix }}_members)
    ) as nodes
    join {{ prefix }}_members as members on nodes.node = members.node
{%- endmacro %}

{% macro identity_component_changes_sql(was, prefix, run) -%}
    with allowed as (
        select
            own.node,
            own.component as old_component,
            case when own.node_type = 'record' or withheld.node is null then coalesce(labels.p, own.stands_for) end as component
        from (
            select own.node, own.node_type, own.component, coalesce(stands.component, own.node) as stands_for
            from {{ prefix }}_own as own
            left join {{ prefix }}_stands as stands on own.node = stands.node
        ) as own
        left join {{ ref('identity_withheld') }} as withheld on own.node = withheld.node
        left join {{ prefix }}_labels as labels on own.stands_for = labels.x
    ),

    absorbed as (
        select x, p
        from {{ prefix }}_labels
        where x <> p and x in (select component from {{ prefix }}_stands)
    ),

    relabelled as (
        select was.node, absorbed.p as component
        from (
            select node, component
            from {{ was }}
            where component in (select absorbed.x from absorbed)
        ) as was
        join absorbed on was.component = absorbed.x
    )

    select allowed.node, allowed.component, was.node is null as is_added
    from allowed
    left join {{ prefix }}_was as was on allowed.node = was.node
    where coalesce(allowed.old_component, -1) <> coalesce(allowed.component, -1)
        and not exists (select 1 from {{ prefix }}_members as members where members.node = allowed.node)

    union all

    select allowed.node, allowed.component, false as is_added
    from allowed
    join {{ prefix }}_members as members on allowed.node = members.node
    where members.component <> coalesce(allowed.component, -1)

    union all

    select relabelled.node, relabelled.component, false as is_added
    from relabelled
    where not exists (select 1 from {{ prefix }}_own as own where own.node = relabelled.node)

    union all

    select members.node, cast(null as bigint) as component, false as is_added
    from {{ prefix }}_members as members
    where not exists (select 1 from {{ prefix }}_own as own where own.node = members.node)
    {%- if 'erasures' in run.changed %}

    union all

    select was.node, cast(null as bigint) as component, false as is_added
    from {{ was }} as was
    where was.component is not null
        and not exists (select 1 from {{ ref('identity_nodes') }} as nodes where nodes.node = was.node)
        and not exists (select 1 from {{ prefix }}_members as members where members.node = was.node)
    {%- endif %}
{%- endmacro %}
