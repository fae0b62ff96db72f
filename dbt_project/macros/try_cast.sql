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
    {%- set leap_years = '([0-9]{2}(0[48]|[2468][048]|[13579][26])|([02468][048]|[13579][26])00)' -%}
    {%- set days = '(0[13578]|1[02])-(0[1-9]|[12][0-9]|3[01])|(0[469]|11)-(0[1-9]|[12][0-9]|30)|02-(0[1-9]|1[0-9]|2[0-8])' -%}
    {%- set date = '(?!0000)([0-9]{4}-(' ~ days ~ ')|' ~ leap_years ~ '-02-29)' -%}
    {%- set patterns = {
        'date': '^' ~ date ~ '$',
        'timestamp': '^' ~ date ~ '[ T]([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9]([.][0-9]+)?)?Z?$',
        'bigint': '^-?[0-9]{1,18}$',
        'double precision': '^-?([0-9]{1,99}[.]?[0-9]{0,99}|[.][0-9]{1,99})([eE][-+]?[0-9]{1,2})?$',
    } -%}
    case when {{ expression }} ~ '{{ patterns[type] }}' then cast({{ expression }} as {{ type }}) end
{%- endmacro %}
