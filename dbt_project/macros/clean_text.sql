{#- Text as people meant it: trimmed; blanks and placeholders ('N/A', '-', 'brak') become null. -#}
{% macro clean_text(expression) -%}
    {%- set placeholders = ['', '-', '--', '.', '?', 'n/a', 'na', 'n.a.', 'null', 'none', 'nan', 'undefined', 'unknown', 'brak', 'test', 'xxx'] -%}
    case when lower(trim(cast({{ expression }} as {{ dbt.type_string() }}))) not in ('{{ placeholders | join("', '") }}')
        then trim(cast({{ expression }} as {{ dbt.type_string() }})) end
{%- endmacro %}
