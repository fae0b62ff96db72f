{#- What may have caused each move: (from_profile_id, to_profile_id, strength, cause, left_node, right_node, reason); the smallest strength wins.
    A merge is caused by an edge that is new; a split or an end by a node that a guard withholds, that was erased, or that a person keeps apart. -#}
{% macro identity_causes(joining, candidates, sides, moves) -%}
    select
        moves.from_profile_id,
        moves.to_profile_id,
        case when edges.rule = 'always_link' then 1 else 3 end as strength,
        case when edges.rule = 'always_link' then 'override' else 'edge' end as cause,
        edges.left_node,
        edges.right_node,
        edges.rule || ' in ' || edges.source as reason
    from {{ joining }} as edges
    join ({{ identity_arrived(sides, moves) }}) as left_side on edges.left_node = left_side.node
    join ({{ identity_arrived(sides, moves) }}) as right_side on edges.right_node = right_side.node
    join {{ moves }} as moves
        on moves.to_profile_id = left_side.new_profile_id
        and moves.from_profile_id in (coalesce(left_side.old_profile_id, ''), coalesce(right_side.old_profile_id, ''))
    where moves.change in ('merge', 'move')
        and left_side.new_profile_id = right_side.new_profile_id
        and coalesce(left_side.old_profile_id, '') <> coalesce(right_side.old_profile_id, '')

    union all

    select
        moves.from_profile_id,
        moves.to_profile_id,
        2 as strength,
        'guard' as cause,
        withheld.node as left_node,
        cast(null as bigint) as right_node,
        withheld.guard || ': ' || withheld.reason as reason
    from {{ moves }} as moves
    join {{ candidates }} as lost on moves.from_profile_id = lost.old_profile_id
    join {{ ref('identity_withheld') }} as withheld on lost.node = withheld.node
    where moves.change in ('split', 'retire', 'move')

    union all

    select
        moves.from_profile_id,
        moves.to_profile_id,
        1 as strength,
        'erasure' as cause,
        erased.node as left_node,
        cast(null as bigint) as right_node,
        'erased' as reason
    from {{ moves }} as moves
    join {{ candidates }} as lost on moves.from_profile_id = lost.old_profile_id
    join ({{ erased_nodes() }}) as erased on lost.node = erased.node
    where moves.change in ('split', 'retire', 'move')

    union all

    select
        moves.from_profile_id,
        moves.to_profile_id,
        case when anchors.guard = 'never_link' then 1 else 4 end as strength,
        case when anchors.guard = 'never_link' then 'override' else 'guard' end as cause,
        anchors.cluster as left_node,
        cast(null as bigint) as right_node,
        case when anchors.guard = 'never_link' then 'kept apart by hand' else 'one_anchor: each account is a person of its own' end as reason
    from {{ moves }} as moves
    join {{ candidates }} as went on moves.from_profile_id = went.old_profile_id and moves.to_profile_id = went.new_profile_id
    join (
        select distinct cluster, guard
        from {{ ref('identity_anchors') }}
        where cluster in (select cluster from {{ candidates }} where old_profile_id <> new_profile_id)
    ) as anchors on went.cluster = anchors.cluster
    where moves.change in ('split', 'move')
{%- endmacro %}

{#- (node, old_profile_id, new_profile_id) of the nodes that an edge may have joined: those that moved, and what a new edge joins them to. -#}
{% macro identity_sides(run, candidates, joining) -%}
    select node, old_profile_id, new_profile_id
    from {{ candidates }}
    where node is not null
    {%- if run.is_delta %}

    union all

    select ends.node, stayed.old_profile_id, stayed.new_profile_id
    from ({{ identity_standing_ends(candidates, joining) }}) as ends
    join {{ candidates }} as stayed on ends.cluster = stayed.cluster and stayed.node is null
    {%- endif %}
{%- endmacro %}

{#- (node, cluster) of ends of new edges that stayed where the other end came to. Both are in one component, so where nothing divides that one the
    cluster is the other end's, and the components of everybody need not be looked through. -#}
{% macro identity_standing_ends(candidates, joining) -%}
    select ends.node, coalesce(anchors.cluster, ends.cluster) as cluster
    from (
        select edges.right_node as node, moved.cluster
        from {{ joining }} as edges
        join {{ candidates }} as moved on edges.left_node = moved.node
        union
        select edges.left_node as node, moved.cluster
        from {{ joining }} as edges
        join {{ candidates }} as moved on edges.right_node = moved.node
    ) as ends
    left join (
        select node, cluster
        from {{ ref('identity_anchors') }}
        where cluster is not null
            and node in (select left_node from {{ joining }} union all select right_node from {{ joining }})
    ) as anchors on ends.node = anchors.node
    where not exists (select 1 from {{ candidates }} as moved where moved.node = ends.node)
{%- endmacro %}

{#- The nodes of profiles that others came to: without any, an engine need not look at the edges. -#}
{% macro identity_arrived(sides, moves) -%}
    select node, old_profile_id, new_profile_id
    from {{ sides }}
    where new_profile_id in (select to_profile_id from {{ moves }} where change in ('merge', 'move'))
{%- endmacro %}
