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

{#- Components whose anchors have to be looked at: all in a full run, else those with a link, a node or a decision that is new, and those
    that lost a link and may have kept their label all the same. -#}
{% macro identity_touched_components_sql(prefix, looks_at_all) -%}
    {%- if looks_at_all -%}
    select distinct component from {{ ref('identity_components') }} where component is not null
    {%- else -%}
    select distinct component
    from {{ ref('identity_components') }}
    where component is not null and node in (select node from {{ prefix }}_asked)

    union

    select known.component
    from {{ this }} as known
    where known.cluster is not null and known.node in (select cut.node from ({{ identity_cut_nodes() }}) as cut)
    {%- endif -%}
{%- endmacro %}

{#- A work table: an engine that guesses how many these are makes its hash table of everybody's components instead. -#}
{% macro identity_asked_nodes_sql(run) -%}
    select node from {{ ref('identity_components') }} where seq > {{ run.done }}
    union
    select record_node as node from {{ ref('identity_links') }} where updated_seq > {{ run.done }}
    union
    select left_node as node from ({{ identity_pending_edges(run) }}) as pending
    union
    select left_node as node from ({{ identity_never_links() }}) as never_links
    union
    select left_node as node from {{ previous_relation('identity_applied') }} where kind in ('never_link', 'always_link')
{%- endmacro %}

{#- Types of which a profile has one at most, and the strength of each type's links: when they change, all components are looked at. -#}
{% macro identity_anchor_types() -%}
    select {{ id_hash("identifier_type || ':' || cast(priority as " ~ dbt.type_string() ~ ") || ':' || case when is_anchor then 'anchor' else '' end") }} as rule
    from {{ ref('identity_rules') }}
{%- endmacro %}

{#- Accounts that a person linked by hand are one anchor: the name of a work table (x, p), or nothing. -#}
{% macro identity_twins(prefix) -%}
    {%- set by_hand = "select left_node as u, right_node as v from " ~ ref('identity_edges') ~ " where seq is null and rule = 'always_link'" -%}
    {%- if run_query('select count(*) as links from (' ~ by_hand ~ ') as by_hand').columns[0].values()[0] -%}
        {{ return(small_graph_components(by_hand, prefix ~ '_twins')) }}
    {%- endif -%}
    {{ return('') }}
{%- endmacro %}

{% macro identity_touched_members_sql(prefix) -%}
    select node, component
    from {{ ref('identity_components') }}
    where component in (select component from {{ prefix }}_touched)
{%- endmacro %}

{% macro identity_known_anchors_sql(prefix, run) -%}
    select node, component, cluster, distance, via_node, guard
    from {{ this }}
    where node in (
        select node from {{ prefix }}_members
        union all
        select node from {{ ref('identity_components') }} where component is null and seq > {{ run.done }}
    )
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

{#- Never-links whose two ends are in one touched component: (left_node, right_node, component). -#}
{% macro identity_never_sql(prefix) -%}
    select pairs.left_node, pairs.right_node, left_side.component
    from ({{ identity_never_links() }}) as pairs
    join {{ prefix }}_members as left_side on pairs.left_node = left_side.node
    join {{ prefix }}_members as right_side on pairs.right_node = right_side.node
    where left_side.component = right_side.component and pairs.left_node <> pairs.right_node
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
