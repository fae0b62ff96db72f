{#-
    The rows of identity_components that an incremental run changes, as the name of a work table (node, component); null takes a node out.

    New edges are contracted by the components that their ends have, and that small graph is solved. A component that loses edges is taken
    apart and solved again from its stored edges. What was a component keeps its label when it grows, so that only the smaller side changes.
-#}
{% macro identity_components_delta(prefix, run) -%}
    {%- set was = this -%}
    {%- do drop_work_tables(prefix) -%}
    {%- do create_work_table(prefix ~ '_pending', identity_pending_edges(run)) -%}
    {%- do create_work_table(prefix ~ '_cut', identity_cut_components_sql(was)) -%}
    {%- do create_work_table(prefix ~ '_members', identity_cut_members_sql(was, prefix)) -%}
    {%- do create_work_table(prefix ~ '_given', identity_contracted_sql(was, prefix)) -%}
    {%- set labels = connected_components('select u, v from ' ~ prefix ~ '_given', prefix ~ '_cc') | trim -%}
    {%- do create_work_table(prefix ~ '_labels', identity_kept_labels_sql(was, prefix, labels)) -%}
    {%- do create_work_table(prefix ~ '_changes', identity_component_changes_sql(was, prefix, run)) -%}
    {{ return(prefix ~ '_changes') }}
{%- endmacro %}

{% macro identity_cut_components_sql(was) -%}
    select distinct was.component
    from {{ was }} as was
    join ({{ identity_cut_nodes() }}) as cut on was.node = cut.node
    where was.component is not null
{%- endmacro %}

{% macro identity_cut_members_sql(was, prefix) -%}
    select was.node
    from {{ was }} as was
    join {{ prefix }}_cut as cut on was.component = cut.component
{%- endmacro %}

{#- Both ends of every edge that matters, by what they stand for: the component they have, or themselves. -#}
{% macro identity_contracted_sql(was, prefix) -%}
    select distinct
        case when left_side.component is null or left_cut.component is not null then edges.left_node else left_side.component end as u,
        case when right_side.component is null or right_cut.component is not null then edges.right_node else right_side.component end as v
    from (
        select left_node, right_node from {{ prefix }}_pending
        union
        select edges.left_node, edges.right_node
        from {{ ref('identity_edges') }} as edges
        join {{ prefix }}_members as members on edges.left_node = members.node
    ) as edges
    left join {{ was }} as left_side on edges.left_node = left_side.node
    left join {{ was }} as right_side on edges.right_node = right_side.node
    left join {{ prefix }}_cut as left_cut on left_side.component = left_cut.component
    left join {{ prefix }}_cut as right_cut on right_side.component = right_cut.component
{%- endmacro %}

{#- (x, p) of the small graph, where p is the label of a component that existed, if one of the group did. -#}
{% macro identity_kept_labels_sql(was, prefix, labels) -%}
    with solved as (
        select x, p from {{ labels }}
        union all
        select distinct p as x, p from {{ labels }}
    ),

    standing as (
        select distinct solved.x, solved.p
        from solved
        join {{ was }} as was on solved.x = was.component
        left join {{ prefix }}_cut as cut on was.component = cut.component
        where cut.component is null
    ),

    best as (
        select p, min(x) as label
        from standing
        group by 1
    )

    select solved.x, coalesce(best.label, solved.p) as p
    from solved
    left join best on solved.p = best.p
{%- endmacro %}

{% macro identity_component_changes_sql(was, prefix, run) -%}
    with own as (
        select node from {{ prefix }}_members
        union
        select node from {{ ref('identity_nodes') }} where seq > {{ run.done }}
        union
        select node from ({{ identity_released_nodes() }}) as released
    ),

    allowed as (
        select
            own.node,
            case
                when nodes.node_type = 'record' or withheld.node is null then coalesce(labels.p, own.stands_for)
            end as component
        from (
            select own.node, case when was.component is null or cut.component is not null then own.node else was.component end as stands_for
            from own
            left join {{ was }} as was on own.node = was.node
            left join {{ prefix }}_cut as cut on was.component = cut.component
        ) as own
        join {{ ref('identity_nodes') }} as nodes on own.node = nodes.node
        left join {{ ref('identity_withheld') }} as withheld on own.node = withheld.node
        left join {{ prefix }}_labels as labels on own.stands_for = labels.x
    ),

    relabelled as (
        select was.node, labels.p as component
        from {{ was }} as was
        join {{ prefix }}_labels as labels on was.component = labels.x
        left join {{ prefix }}_cut as cut on was.component = cut.component
        where cut.component is null and labels.x <> labels.p
    ),

    gone as (
        select members.node, cast(null as bigint) as component
        from {{ was if identity_forgets() else prefix ~ '_members' }} as members
        left join {{ ref('identity_nodes') }} as nodes on members.node = nodes.node
        where nodes.node is null
    ),

    settled as (
        select node, component from allowed
        union all
        select relabelled.node, relabelled.component
        from relabelled
        left join own on relabelled.node = own.node
        where own.node is null
        union all
        select node, component from gone
    )

    select settled.node, settled.component
    from settled
    left join {{ was }} as was on settled.node = was.node
    where (was.node is null and settled.component is not null)
        or (was.node is not null and coalesce(was.component, -1) <> coalesce(settled.component, -1))
{%- endmacro %}
