{#- Work tables of a model that needs several statements: `<work_schema()>.<prefix>_...`. On DuckDB they are temporary: neither compressed nor
    logged, and gone with the process. Elsewhere they are ordinary tables, which a killed run leaves behind; the next one drops them first. -#}
{% macro create_work_table(name, select_sql) -%}
    {%- do run_query(adapter.dispatch('create_work_table_sql', 'heddle')(name, select_sql)) -%}
{%- endmacro %}

{% macro default__create_work_table_sql(name, select_sql) -%}
    create table {{ name }} as {{ select_sql }}
{%- endmacro %}

{% macro duckdb__create_work_table_sql(name, select_sql) -%}
    create temporary table {{ name }} as {{ select_sql }}
{%- endmacro %}

{% macro postgres__create_work_table_sql(name, select_sql) -%}
    create unlogged table {{ name }} as {{ select_sql }}
{%- endmacro %}

{#- The schema that work tables of a model in `schema` are in. -#}
{% macro work_schema(schema) -%}
    {{ return(adapter.dispatch('work_schema', 'heddle')(schema)) }}
{%- endmacro %}

{% macro default__work_schema(schema) -%}
    {{ return(schema) }}
{%- endmacro %}

{% macro duckdb__work_schema(schema) -%}
    {{ return('temp') }}
{%- endmacro %}

{#- prefix: `<schema>.<start of the table names>`, without quotes. -#}
{% macro drop_work_tables(prefix) -%}
    {%- if execute -%}
        {%- for row in run_query(work_tables_sql(prefix)).rows -%}
            {%- do run_query("drop table if exists " ~ row[0] ~ "." ~ row[1]) -%}
        {%- endfor -%}
    {%- endif -%}
{%- endmacro %}

{#- A statement whose first two columns are the schemas and the names of the tables under this prefix. -#}
{% macro work_tables_sql(prefix) -%}
    {{ adapter.dispatch('tables_that_start', 'heddle')(prefix.split('.')[0], prefix.split('.')[1] ~ '_') }}
{%- endmacro %}

{% macro default__tables_that_start(schema, start) -%}
    select table_schema, table_name
    from information_schema.tables
    where table_schema = '{{ schema }}' and table_name like '{{ start.replace('_', '!_') }}%' escape '!'
{%- endmacro %}

{#- Those of an older version too, which were in the model's schema. -#}
{% macro duckdb__tables_that_start(schema, start) -%}
    select case when temporary then 'temp' else schema_name end as table_schema, table_name
    from duckdb_tables()
    where (temporary or database_name = current_database()) and starts_with(table_name, '{{ start }}')
{%- endmacro %}

{#- Spark has no information_schema; an underscore is no wildcard here. -#}
{% macro spark__tables_that_start(schema, start) -%}
    show tables in {{ schema }} like '{{ start }}*'
{%- endmacro %}
