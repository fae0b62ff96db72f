{#- The table that the last run left under this name in the schema of the model, or none: for models that compare with their own past.
    Not a ref: the model that makes the table comes later. -#}
{% macro previous_relation(name) -%}
    {%- if execute -%}
        {{ return(adapter.get_relation(database=this.database, schema=this.schema, identifier=name)) }}
    {%- endif -%}
    {{ return(none) }}
{%- endmacro %}
