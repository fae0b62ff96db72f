{#- In a select list: one output row per part of a text that is split at a regular expression. -#}
{% macro split_to_rows(expression, pattern) -%}
    {{ return(adapter.dispatch('split_to_rows', 'heddle')(expression, pattern)) }}
{%- endmacro %}

{% macro duckdb__split_to_rows(expression, pattern) -%}
    unnest(string_split_regex({{ expression }}, '{{ pattern }}'))
{%- endmacro %}

{% macro postgres__split_to_rows(expression, pattern) -%}
    regexp_split_to_table({{ expression }}, '{{ pattern }}')
{%- endmacro %}

{% macro default__split_to_rows(expression, pattern) -%}
    explode(split({{ expression }}, '{{ pattern }}'))
{%- endmacro %}

{#- The first thing in a text that a pattern finds, null when there is none. -#}
{% macro found(expression, pattern) -%}
    {{ return(adapter.dispatch('found', 'heddle')(expression, pattern)) }}
{%- endmacro %}

{% macro default__found(expression, pattern) -%}
    nullif(regexp_extract({{ expression }}, '{{ pattern }}', 0), '')
{%- endmacro %}

{% macro postgres__found(expression, pattern) -%}
    substring({{ expression }} from '{{ pattern }}')
{%- endmacro %}

{#- In a select list: one output row per element of a JSON array, as JSON text. -#}
{% macro json_array_to_rows(expression) -%}
    {{ return(adapter.dispatch('json_array_to_rows', 'heddle')(expression)) }}
{%- endmacro %}

{% macro duckdb__json_array_to_rows(expression) -%}
    unnest(cast(json_extract({{ expression }}, '$[*]') as varchar[]))
{%- endmacro %}

{% macro postgres__json_array_to_rows(expression) -%}
    cast(jsonb_array_elements(cast({{ expression }} as jsonb)) as text)
{%- endmacro %}

{% macro default__json_array_to_rows(expression) -%}
    explode(from_json({{ expression }}, 'array<string>'))
{%- endmacro %}
