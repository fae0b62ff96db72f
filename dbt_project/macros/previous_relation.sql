{#- The table that the last run left under this name in the schema of the model, or none: for models that compare with their own past.
    Not a ref: the model that makes the table comes later. Where a table is replaced by two renames and no transaction, a run that was killed
    between them left it under the name of the backup. -#}
{% macro previous_relation(name) -%}
    {%- if execute -%}
        {%- set relation = adapter.get_relation(database=this.database, schema=this.schema, identifier=name) -%}
        {%- if relation is none and not identity_keeps_state() -%}
            {%- set relation = adapter.get_relation(database=this.database, schema=this.schema, identifier=name ~ '__dbt_backup') -%}
        {%- endif -%}
        {{ return(relation) }}
    {%- endif -%}
    {{ return(none) }}
{%- endmacro %}
