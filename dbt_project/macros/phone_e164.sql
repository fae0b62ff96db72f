{#- A phone number in E.164, null when the region's numbering plan does not have it. For distinct values only: see phone_numbers.
    DuckDB calls phonenumbers (heddle/transform/phone_plugin.py). Elsewhere the rule is plain SQL and knows lengths, not plans. -#}
{% macro phone_e164(expression, region) -%}
    {{ return(adapter.dispatch('phone_e164', 'heddle')(expression, region)) }}
{%- endmacro %}

{% macro duckdb__phone_e164(expression, region) -%}
    heddle_e164({{ expression }}, {{ region }})
{%- endmacro %}

{% macro default__phone_e164(expression, region) -%}
    {%- set digits = without(expression, '[^0-9]') -%}
    case
        when {{ expression }} like '+%' and length({{ digits }}) between 8 and 15 then '+' || {{ digits }}
        when {{ digits }} like '00%' and length({{ digits }}) between 10 and 17 then '+' || substring({{ digits }}, 3)
        {%- for name, plan in phone_plans().items() %}
        when {{ region }} = '{{ name }}' and length({{ digits }}) = {{ plan.digits }} then '+{{ plan.country_code }}' || {{ digits }}
        when {{ region }} = '{{ name }}' and {{ digits }} like '{{ plan.country_code }}%'
            and length({{ digits }}) = {{ plan.digits + (plan.country_code | length) }} then '+' || {{ digits }}
        {%- endfor %}
    end
{%- endmacro %}

{% macro phone_plans() -%}
    {{ return({
        'PL': {'country_code': '48', 'digits': 9},
        'CZ': {'country_code': '420', 'digits': 9},
        'ES': {'country_code': '34', 'digits': 9},
        'PT': {'country_code': '351', 'digits': 9},
    }) }}
{%- endmacro %}
