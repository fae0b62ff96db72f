{#- What an incremental run of the identity graph starts from. Each is a select; `run` is identity_run(). -#}

{#- (left_node, right_node) of every edge that was not there when the last run ended: of new links, of released nodes, added by hand. -#}
{% macro identity_pending_edges(run) -%}
    {%- set applied = previous_relation('identity_applied') -%}
    select left_node, right_node, rule, source
    from {{ ref('identity_edges') }}
    where seq > {{ run.done }}

    union

    select edges.left_node, edges.right_node, edges.rule, edges.source
    from {{ ref('identity_edges') }} as edges
    join ({{ identity_released_nodes() }}) as released on edges.left_node = released.node

    union

    select edges.left_node, edges.right_node, edges.rule, edges.source
    from {{ ref('identity_edges') }} as edges
    join ({{ identity_released_nodes() }}) as released on edges.right_node = released.node

    union

    select edges.left_node, edges.right_node, edges.rule, edges.source
    from {{ ref('identity_edges') }} as edges
    left join {{ applied }} as applied
        on applied.kind = edges.rule and edges.left_node = applied.left_node and edges.right_node = applied.right_node
    where edges.seq is null and applied.kind is null
{%- endmacro %}

{#- Nodes that a guard withheld when the last run ended, and that it does not withhold any more. -#}
{% macro identity_released_nodes() -%}
    select applied.left_node as node
    from {{ previous_relation('identity_applied') }} as applied
    left join {{ ref('identity_withheld') }} as withheld on applied.left_node = withheld.node
    where applied.kind = 'withheld' and withheld.node is null
{%- endmacro %}

{#- Nodes that lose edges in this run: withheld since, erased since, or the ends of a link that a person or a model took back. -#}
{% macro identity_cut_nodes() -%}
    {%- set applied = previous_relation('identity_applied') -%}
    select withheld.node
    from {{ ref('identity_withheld') }} as withheld
    left join {{ applied }} as applied on applied.kind = 'withheld' and withheld.node = applied.left_node
    where applied.kind is null

    union

    select erased.node
    from ({{ erased_nodes() }}) as erased
    left join {{ applied }} as applied on applied.kind = 'erased' and erased.node = applied.left_node
    where applied.kind is null

    union

    select applied.left_node as node
    from {{ applied }} as applied
    left join (select left_node, right_node, rule from {{ ref('identity_edges') }} where seq is null) as edges
        on applied.kind = edges.rule and applied.left_node = edges.left_node and applied.right_node = edges.right_node
    where applied.kind in ('always_link', 'soft_link') and edges.rule is null
{%- endmacro %}

{#- Pairs that a person keeps apart: (left_node, right_node). -#}
{% macro identity_never_links() -%}
    select distinct
        {{ id_hash("left_type || ':' || left_value") }} as left_node,
        {{ id_hash("right_type || ':' || right_value") }} as right_node
    from {{ ref('identity_overrides') }}
    where kind = 'never_link'
{%- endmacro %}
