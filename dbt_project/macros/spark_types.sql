{#- Types as the yml files write them, in Spark's words: there a varchar without a length is an error. -#}
{% macro spark_type(type) -%}
    {{ return({'varchar': 'string', 'text': 'string', 'double precision': 'double'}.get(type, type)) }}
{%- endmacro %}

{#- Stands in front of dbt's macro of this name: what a model's contract is compared with. -#}
{% macro spark__get_empty_schema_sql(columns) -%}
    {%- set translated = {} -%}
    {%- for name, column in columns.items() -%}
        {%- do translated.update({name: dict(column, data_type=spark_type(column.data_type))}) -%}
    {%- endfor -%}
    {{ return(dbt.default__get_empty_schema_sql(translated)) }}
{%- endmacro %}

{#- Only Delta keeps constraints, and dbt-spark takes a model that names no format for Delta. The contract's tests hold all the same. -#}
{% macro spark__persist_constraints(relation, model) -%}
    {%- if config.get('file_format') == 'delta' -%}
        {%- do dbt.spark__persist_constraints(relation, model) -%}
    {%- endif -%}
{%- endmacro %}
