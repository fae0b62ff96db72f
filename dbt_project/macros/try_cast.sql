{#- The value in another type, null when it does not read as one. -#}
{% macro try_cast(expression, type) -%}
    {{ return(adapter.dispatch('try_cast', 'heddle')(expression, type)) }}
{%- endmacro %}

{% macro default__try_cast(expression, type) -%}
    try_cast({{ expression }} as {{ type }})
{%- endmacro %}

{% macro bigquery__try_cast(expression, type) -%}
    safe_cast({{ expression }} as {{ type }})
{%- endmacro %}

{#- Postgres before 16 cannot try: the text is looked at first, by the pattern of the type. -#}
{% macro postgres__try_cast(expression, type) -%}
    {%- set patterns = {
        'date': '^[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])$',
        'timestamp': '^[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])[ T][0-9]{2}:[0-9]{2}(:[0-9]{2}([.][0-9]+)?)?Z?$',
        'bigint': '^-?[0-9]{1,18}$',
        'double precision': '^-?([0-9]+[.]?[0-9]*|[.][0-9]+)([eE][-+]?[0-9]+)?$',
    } -%}
    case when {{ expression }} ~ '{{ patterns[type] }}' then cast({{ expression }} as {{ type }}) end
{%- endmacro %}
