{#- What the solved small graph of a delta changes in identity_components. -#}

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
