{#- Whether a text holds a regular expression (RE2 and POSIX have this subset in common: no look-around). -#}
{% macro matches(expression, pattern) -%}
    {{ return(adapter.dispatch('matches', 'heddle')(expression, pattern)) }}
{%- endmacro %}

{% macro default__matches(expression, pattern) -%}
    regexp_like({{ expression }}, '{{ pattern }}')
{%- endmacro %}

{% macro duckdb__matches(expression, pattern) -%}
    regexp_matches({{ expression }}, '{{ pattern }}')
{%- endmacro %}

{% macro postgres__matches(expression, pattern) -%}
    ({{ expression }} ~ '{{ pattern }}')
{%- endmacro %}

{#- A text without everything that a pattern finds. -#}
{% macro without(expression, pattern) -%}
    {{ return(adapter.dispatch('without', 'heddle')(expression, pattern)) }}
{%- endmacro %}

{% macro default__without(expression, pattern) -%}
    regexp_replace({{ expression }}, '{{ pattern }}', '')
{%- endmacro %}

{% macro duckdb__without(expression, pattern) -%}
    regexp_replace({{ expression }}, '{{ pattern }}', '', 'g')
{%- endmacro %}

{% macro postgres__without(expression, pattern) -%}
    regexp_replace({{ expression }}, '{{ pattern }}', '', 'g')
{%- endmacro %}
