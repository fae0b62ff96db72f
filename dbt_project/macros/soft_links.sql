{#- What the linking step proposed (heddle identity link), when the project wants it: HEDDLE_SOFT_LINKS=on. Else no rows. -#}
{% macro soft_links() -%}
    {%- set columns = {
        'left_node': 'bigint', 'right_node': 'bigint', 'match_probability': type_double(), 'decision': dbt.type_string(), 'scored_at': 'timestamp',
    } -%}
    {{ optional_rows('heddle', 'soft_links' if env_var('HEDDLE_SOFT_LINKS', 'off') == 'on' else 'no_soft_links', columns) }}
{%- endmacro %}
