{#- A phone number as it was typed, without the typing: where there is nothing but digits, a plus and separators, the separators go,
    so that the many spellings of a number are one value before phonenumbers sees it. Null when fewer than 5 digits are left. -#}
{% macro phone_text(expression) -%}
    {%- set typed -%} trim(cast({{ expression }} as {{ dbt.type_string() }})) {%- endset -%}
    {%- set digits = without(typed, '[^0-9]') -%}
    case
        when length({{ digits }}) < 5 then null
        when {{ matches(typed, '^[+]?[0-9 ()./-]+$') }} then {{ without(typed, '[ ()./-]') }}
        else {{ typed }}
    end
{%- endmacro %}
