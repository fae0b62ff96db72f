{#- Node types that do not say who somebody is. A profile of nothing else is anonymous. -#}
{% macro anonymous_types() -%}
    'record', 'anonymous_id', 'device_id', 'cookie', 'push_token'
{%- endmacro %}
