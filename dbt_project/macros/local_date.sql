{#- The calendar day, or wall-clock time, of a naive UTC timestamp where the workspace lives (HEDDLE_TIME_ZONE). -#}
{% macro time_zone() -%}
    {{ var('time_zone', env_var('HEDDLE_TIME_ZONE', 'Europe/Warsaw')) }}
{%- endmacro %}

{% macro local_timestamp(column) -%}
    {{ return(adapter.dispatch('local_timestamp', 'heddle')(column)) }}
{%- endmacro %}

{% macro default__local_timestamp(column) -%}
    cast({{ column }} as timestamp) at time zone 'UTC' at time zone '{{ time_zone() }}'
{%- endmacro %}

{% macro spark__local_timestamp(column) -%}
    from_utc_timestamp({{ column }}, '{{ time_zone() }}')
{%- endmacro %}

{% macro snowflake__local_timestamp(column) -%}
    convert_timezone('UTC', '{{ time_zone() }}', {{ column }})
{%- endmacro %}

{% macro bigquery__local_timestamp(column) -%}
    datetime(timestamp({{ column }}, 'UTC'), '{{ time_zone() }}')
{%- endmacro %}

{% macro local_date(column) -%}
    cast({{ local_timestamp(column) }} as date)
{%- endmacro %}
