{#- What an incremental run of identity_anchors looks at: components, their nodes, what is stored of them. -#}

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
