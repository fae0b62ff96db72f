{#- A phone number as it was typed, without the typing: where there is nothing but digits, a plus and separators, the separators go,
    so that the many spellings of a number are one value before phonenumbers sees it. Null when fewer than 5 digits are left.
    A model that nobody listed would have none of its numbers looked up, and lose them all without a word. -#}
{% macro phone_text(expression) -%}
    {%- if execute and model and model.resource_type == 'model' and model.name not in phone_models() -%}
        {{ exceptions.raise_compiler_error(
            model.name ~ " holds phone numbers as typed, and vars: phones: of dbt_project.yml does not list it (below its group), so that none of them would be looked up. "
            ~ "Add the line `- " ~ model.name ~ "`."
        ) }}
    {%- endif -%}
    {%- set typed -%} trim(cast({{ expression }} as {{ dbt.type_string() }})) {%- endset -%}
    {%- set digits = without(typed, '[^0-9]') -%}
    case
        when length({{ digits }}) < 5 then null
        when {{ matches(typed, '^[+]?[0-9 ()./-]+$') }} then {{ without(typed, '[ ()./-]') }}
        else {{ typed }}
    end
{%- endmacro %}
