{#- A JSON object as text, from {name: expression}; nulls are kept. -#}
{% macro json_object_text(fields) -%}
    {{ return(adapter.dispatch('json_object_text', 'heddle')(fields)) }}
{%- endmacro %}

{% macro duckdb__json_object_text(fields) -%}
    cast(json_object({% for name, expression in fields.items() %}'{{ name }}', {{ expression }}{{ ', ' if not loop.last }}{% endfor %}) as varchar)
{%- endmacro %}

{% macro postgres__json_object_text(fields) -%}
    cast(jsonb_build_object({% for name, expression in fields.items() %}'{{ name }}', {{ expression }}{{ ', ' if not loop.last }}{% endfor %}) as text)
{%- endmacro %}

{% macro default__json_object_text(fields) -%}
    to_json(struct({% for name, expression in fields.items() %}{{ expression }} as {{ name }}{{ ', ' if not loop.last }}{% endfor %}))
{%- endmacro %}
