{#- Work tables of a model that needs several statements: `<schema>.<prefix>_...`. They are ordinary tables, so that every engine has them;
    a killed run leaves them behind and the next one drops them first. -#}
{% macro create_work_table(name, select_sql) -%}
    {%- do run_query("create table " ~ name ~ " as " ~ select_sql) -%}
{%- endmacro %}

{#- prefix: `<schema>.<start of the table names>`, without quotes. -#}
{% macro drop_work_tables(prefix) -%}
    {%- if execute -%}
        {%- for name in run_query(work_tables_sql(prefix)).columns[1].values() -%}
            {%- do run_query("drop table if exists " ~ prefix.split('.')[0] ~ "." ~ name) -%}
        {%- endfor -%}
    {%- endif -%}
{%- endmacro %}

{#- A statement whose second column is the names of the tables under this prefix. -#}
{% macro work_tables_sql(prefix) -%}
    {{ adapter.dispatch('tables_that_start', 'heddle')(prefix.split('.')[0], prefix.split('.')[1] ~ '_') }}
{%- endmacro %}

{% macro default__tables_that_start(schema, start) -%}
    select table_schema, table_name
    from information_schema.tables
    where table_schema = '{{ schema }}' and table_name like '{{ start.replace('_', '!_') }}%' escape '!'
{%- endmacro %}

{#- Spark has no information_schema; an underscore is no wildcard here. -#}
{% macro spark__tables_that_start(schema, start) -%}
    show tables in {{ schema }} like '{{ start }}*'
{%- endmacro %}
