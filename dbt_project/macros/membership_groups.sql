{#- Every stay in every segment of the enabled source groups. The per-group lists are generated beside the segments. -#}
{% macro segments_of_enabled_groups() -%}
    {%- for group in env_var('HEDDLE_SOURCES', 'demo').split(',') %}
    select segment, profile_id, member_key, entered_at, left_at from {{ ref('segments_of_' ~ group | trim) }}
    {%- if not loop.last %}
    union all
    {%- endif %}
    {%- endfor %}
{%- endmacro %}

{#- The stays of each segment ({name: relation}) whose table is there: one that failed before its first run keeps no other from being seen. -#}
{% macro stays_of_segments(segments) -%}
    {%- set parts = [] -%}
    {%- for name, relation in segments.items() if not execute or load_relation(relation) is not none -%}
        {%- do parts.append(
            "select cast('" ~ name ~ "' as " ~ dbt.type_string() ~ ") as segment, profile_id, member_key, entered_at, left_at from " ~ relation
        ) -%}
    {%- endfor -%}
    {{ parts | join('\nunion all\n') if parts else membership_no_stays() }}
{%- endmacro %}

{% macro membership_no_stays() -%}
    select
        cast(null as {{ dbt.type_string() }}) as segment,
        cast(null as {{ dbt.type_string() }}) as profile_id,
        cast(null as {{ dbt.type_string() }}) as member_key,
        cast(null as {{ dbt.type_timestamp() }}) as entered_at,
        cast(null as {{ dbt.type_timestamp() }}) as left_at
    where 1 = 0
{%- endmacro %}
