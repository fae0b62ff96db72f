{#- An aggregate: texts as a JSON array of strings, as text, ordered by `sort_key` (nulls last) and then by the bytes of the text. -#}
{% macro json_array_text(value, sort_key) -%}
    {{ return(adapter.dispatch('json_array_text', 'heddle')(value, sort_key)) }}
{%- endmacro %}

{% macro duckdb__json_array_text(value, sort_key) -%}
    cast(to_json(list({{ value }} order by {{ sort_key }} nulls last, {{ value }})) as varchar)
{%- endmacro %}

{% macro postgres__json_array_text(value, sort_key) -%}
    '[' || string_agg(cast(to_json({{ value }}) as text), ',' order by {{ sort_key }} nulls last, {{ value }} collate "C") || ']'
{%- endmacro %}

{#- array_sort takes a null inside a struct for the smallest: the flag before it puts it last. -#}
{% macro default__json_array_text(value, sort_key) -%}
    to_json(transform(
        array_sort(collect_list(struct({{ sort_key }} is null as is_last, {{ sort_key }} as sort_key, {{ value }} as element))),
        item -> item.element
    ))
{%- endmacro %}
