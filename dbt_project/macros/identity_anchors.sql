{#-
    Takes apart what holds several anchors (user_ids), or two identifiers that a person keeps apart: the name of a work table
    (node, component, cluster, distance, via_node, guard), with a row per node of those components only.

    First every node goes to its nearest anchor (distance and via_node are null where only one could be reached without passing another). Then what still holds both ends of a never-link is divided between the two in the same way.
    `<prefix>_members` (node, component) are the nodes of all components that were looked at, `<prefix>_known` what an incremental run has stored
    of them and of the nodes that left.
-#}
{% macro identity_anchored(prefix, run) -%}
    {%- do drop_work_tables_at_once(prefix) -%}
    {%- set looks_at_all = not run.is_delta or 'anchor_types' in run.changed -%}
    {%- do create_work_tables(([] if looks_at_all else [(prefix ~ '_asked', identity_asked_nodes_sql(run))]) + [
        (prefix ~ '_touched', identity_touched_components_sql(prefix, looks_at_all)),
        (prefix ~ '_members', identity_touched_members_sql(prefix)),
    ] + ([(prefix ~ '_known', identity_known_anchors_sql(prefix, run))] if run.is_delta else [])) -%}
    {%- do create_work_tables([
        (prefix ~ '_anchors', identity_anchors_sql(prefix, identity_twins(prefix))),
        (prefix ~ '_never', identity_never_sql(prefix)),
        (prefix ~ '_inside', identity_inside_sql(prefix)),
        (prefix ~ '_edges', identity_anchored_edges_sql(prefix)),
    ]) -%}
    {%- set found = run_query('select (select count(*) from ' ~ prefix ~ '_anchors), (select count(*) from ' ~ prefix ~ '_never)').rows[0] -%}
    {%- set anchored = prefix ~ '_once' -%}
    {%- if found[0] -%}
        {%- do identity_divide_between_anchors(prefix) -%}
    {%- else -%}
        {%- do create_work_tables([(prefix ~ '_once', identity_undivided_sql(prefix))]) -%}
    {%- endif -%}
    {%- if found[1] -%}
        {%- do create_work_tables([
            (prefix ~ '_n_seeds', identity_never_seeds_sql(prefix)),
            (prefix ~ '_n_edges', identity_inner_edges_sql(prefix)),
        ]) -%}
        {%- set apart = nearest_anchor(prefix ~ '_n', prefix ~ '_n_edges', prefix ~ '_n_seeds') -%}
        {%- do create_work_tables([(prefix ~ '_twice', identity_twice_sql(prefix, apart))]) -%}
        {%- set anchored = prefix ~ '_twice' -%}
    {%- endif -%}
    {{ return(anchored) }}
{%- endmacro %}

{#- Every node of the components in question to its nearest anchor: `<prefix>_once`. -#}
{% macro identity_divide_between_anchors(prefix) -%}
    {%- set islands = small_graph_components(identity_edges_without_anchors_sql(prefix), prefix ~ '_islands') -%}
    {%- do create_work_tables([
        (prefix ~ '_own', identity_own_islands_sql(prefix, islands)),
        (prefix ~ '_a_seeds', 'select node, cluster from ' ~ prefix ~ '_anchors'),
        (prefix ~ '_a_edges', identity_contested_edges_sql(prefix)),
    ]) -%}
    {%- set near = nearest_anchor(prefix ~ '_a', prefix ~ '_a_edges', prefix ~ '_a_seeds') -%}
    {%- do create_work_tables([(prefix ~ '_once', identity_once_sql(prefix, near))]) -%}
{%- endmacro %}

{#- Accounts that a person linked by hand are one anchor: the name of a work table (x, p), or nothing. -#}
{% macro identity_twins(prefix) -%}
    {%- set by_hand = "select left_node as u, right_node as v from " ~ ref('identity_edges') ~ " where seq is null and rule = 'always_link'" -%}
    {%- if run_query('select count(*) as links from (' ~ by_hand ~ ') as by_hand').columns[0].values()[0] -%}
        {{ return(small_graph_components(by_hand, prefix ~ '_twins')) }}
    {%- endif -%}
    {{ return('') }}
{%- endmacro %}

{#- The anchors of the touched components that hold two or more. -#}
{% macro identity_anchors_sql(prefix, twins) -%}
    with anchors as (
        select members.node, {{ 'coalesce(twins.p, members.node)' if twins else 'members.node' }} as cluster, members.component
        from (
            select node
            from {{ ref('identity_nodes') }}
            where node_type in (select identifier_type from {{ ref('identity_rules') }} where is_anchor)
                and node in (select node from {{ prefix }}_members)
                {%- if not identity_guard_is_on('one_anchor') %}
                and 1 = 0
                {%- endif %}
        ) as accounts
        join {{ prefix }}_members as members on accounts.node = members.node
        {%- if twins %}
        left join {{ twins }} as twins on members.node = twins.x
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

{#- The nodes of the components in question. -#}
{% macro identity_inside_sql(prefix) -%}
    select node, component
    from {{ prefix }}_members
    where component in (
        select component from {{ prefix }}_anchors
        union
        select component from {{ prefix }}_never
    )
{%- endmacro %}

{% macro identity_anchored_edges_sql(prefix) -%}
    with inside as (
        select
            edges.left_node,
            edges.right_node,
            case edges.rule when 'always_link' then 0 else coalesce(rules.priority, 99) end as weight,
            edges.last_seen
        from (
            select left_node, right_node, rule, last_seen
            from ({{ identity_edges_sql(prefix ~ '_inside') }}) as guarded
        ) as edges
        left join {{ ref('identity_rules') }} as rules on edges.rule = 'same_' || rules.identifier_type
    )

    select left_node as u, right_node as v, weight, last_seen from inside
    union all
    select right_node as u, left_node as v, weight, last_seen from inside
{%- endmacro %}

{#- Every node of the components in question, after the first division. -#}
{% macro identity_once_sql(prefix, near) -%}
    select
        inside.node,
        inside.component,
        coalesce(near.cluster, own.cluster, inside.component) as cluster,
        near.distance,
        near.via_node,
        'one_anchor' as guard
    from {{ prefix }}_inside as inside
    left join {{ near }} as near on inside.node = near.node
    left join {{ prefix }}_own as own on inside.node = own.node
{%- endmacro %}

{#- The same where no component holds several anchors. -#}
{% macro identity_undivided_sql(prefix) -%}
    select
        node,
        component,
        component as cluster,
        cast(null as integer) as distance,
        cast(null as bigint) as via_node,
        'one_anchor' as guard
    from {{ prefix }}_inside
{%- endmacro %}
