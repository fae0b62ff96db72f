{#- Where a source's phone numbers are from when they have no country code: its `meta.phone_region`, as a literal. Empty, and never null, when it does
    not say: numbers with a country code are found all the same. -#}
{% macro phone_region(source_name) -%}
    {%- set regions = [] -%}
    {%- if execute -%}
        {%- for node in graph.get('sources', {}).values() if node.source_name == source_name -%}
            {%- set region = node.source_meta.get('phone_region') -%}
            {%- if region is sameas false -%}
                {{ exceptions.raise_compiler_error("phone_region of the source " ~ source_name ~ " is read as false: write it in quotes, phone_region: \"NO\".") }}
            {%- endif -%}
            {%- do regions.append(region) -%}
        {%- endfor -%}
    {%- endif -%}
    {%- set region = regions | select | first -%}
    cast('{{ region or '' }}' as {{ dbt.type_string() }})
{%- endmacro %}
