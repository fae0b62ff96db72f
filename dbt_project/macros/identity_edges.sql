{#- The links that passed the guards, and those that a person or a model added: the select of identity_edges. left_nodes: a work table whose
    column `node` the left ends are in, asked before the guards: an engine does not take it below them, and would guard everybody's links. -#}
{% macro identity_edges_sql(left_nodes='') -%}
with

added as (
    select
        {{ id_hash("left_type || ':' || left_value") }} as left_node,
        {{ id_hash("right_type || ':' || right_value") }} as right_node,
        'always_link' as rule,
        'override' as source,
        cast(decided_at as timestamp) as seen_at,
        cast(1 as {{ type_double() }}) as confidence
    from {{ ref('identity_overrides') }}
    where kind = 'always_link'

    union all

    select
        soft_links.left_node,
        soft_links.right_node,
        'soft_link' as rule,
        'linking' as source,
        soft_links.scored_at as seen_at,
        soft_links.match_probability as confidence
    from ({{ soft_links() }}) as soft_links
    where soft_links.decision = 'merge'
),

both_known as (
    select added.*
    from added
    where
        exists (select 1 from {{ ref('identity_nodes') }} as nodes where nodes.node = added.left_node)
        and exists (select 1 from {{ ref('identity_nodes') }} as nodes where nodes.node = added.right_node)
),

edges as (
    select
        record_node as left_node,
        identifier_node as right_node,
        'same_' || identifier_type as rule,
        source,
        first_seen,
        last_seen,
        cast(1 as {{ type_double() }}) as confidence,
        seq
    from {{ ref('identity_links') }}
    {%- if left_nodes %}
    where record_node in (select node from {{ left_nodes }})
    {%- endif %}

    union all

    select
        left_node,
        right_node,
        min(rule) as rule,
        min(source) as source,
        min(seen_at) as first_seen,
        max(seen_at) as last_seen,
        max(confidence) as confidence,
        cast(null as bigint) as seq
    from both_known
    {%- if left_nodes %}
    where left_node in (select node from {{ left_nodes }})
    {%- endif %}
    group by 1, 2
)

select edges.*
from edges
left join {{ ref('identity_withheld') }} as left_side on edges.left_node = left_side.node
left join {{ ref('identity_withheld') }} as right_side on edges.right_node = right_side.node
where left_side.node is null and right_side.node is null
{%- endmacro %}
