{#- Every stay in every segment of the enabled source groups. The per-group lists are generated beside the segments. -#}
{% macro segments_of_enabled_groups() -%}
    {%- for group in env_var('HEDDLE_SOURCES', 'demo').split(',') %}
    select segment, profile_id, member_key, entered_at, left_at from {{ ref('segments_of_' ~ group | trim) }}
    {%- if not loop.last %}
    union all
    {%- endif %}
    {%- endfor %}
{%- endmacro %}
