{#- The window of each identifier type as a hash, so that the state remembers which it was made with. -#}
{% macro identity_windows() -%}
    select {{ id_hash("'window:' || identifier_type || ':' || cast(coalesce(window_days, 0) as " ~ dbt.type_string() ~ ")") }} as rule
    from {{ ref('identity_rules') }}
{%- endmacro %}

{#- `moment` minus a number of days that is itself a column. -#}
{% macro days_before(moment, days) -%}
    {{ return(adapter.dispatch('days_before', 'heddle')(moment, days)) }}
{%- endmacro %}

{% macro default__days_before(moment, days) -%}
    {{ moment }} - cast({{ days }} as integer) * interval '1' day
{%- endmacro %}

{% macro spark__days_before(moment, days) -%}
    cast({{ moment }} as timestamp) - make_dt_interval(cast({{ days }} as int))
{%- endmacro %}

{% macro bigquery__days_before(moment, days) -%}
    timestamp_sub({{ moment }}, interval cast({{ days }} as int64) day)
{%- endmacro %}

{% macro snowflake__days_before(moment, days) -%}
    dateadd(day, -cast({{ days }} as integer), {{ moment }})
{%- endmacro %}
