{#- The shape `attributes` out of a CTE with record_id, observed_at and a column per field; nulls say nothing and are left out. -#}
{% macro attributes_from(relation, source_name, fields) -%}
    {%- for field, column in fields.items() %}
    select
        '{{ source_name }}' as source,
        record_id,
        '{{ field }}' as field,
        cast({{ column }} as {{ dbt.type_string() }}) as value,
        observed_at
    from {{ relation }}
    where record_id is not null and {{ column }} is not null
        {%- if not loop.last %}
    union
        {%- endif -%}
    {%- endfor %}
{%- endmacro %}
