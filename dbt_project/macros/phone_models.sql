{#- The staging models of enabled groups that hold phone numbers as typed (columns phone_text, phone_region). -#}
{% macro phone_models() -%}
    {%- set models = [] -%}
    {%- for group in enabled_groups() -%}
        {%- for model in var('phones').get(group, []) -%}
            {%- do models.append(model) -%}
        {%- endfor -%}
    {%- endfor -%}
    {{ return(models) }}
{%- endmacro %}
