{#- Work tables of a model that needs several statements: `<schema>.<prefix>_...`. They are ordinary tables, so that every engine has them;
    a killed run leaves them behind and the next one drops them first. -#}
{% macro create_work_table(name, select_sql) -%}
    {%- do run_query("create table " ~ name ~ " as " ~ select_sql) -%}
{%- endmacro %}

{#- prefix: `<schema>.<start of the table names>`, without quotes. -#}
{% macro drop_work_tables(prefix) -%}
    {%- set schema = prefix.split('.')[0] -%}
    {%- for name in work_tables(prefix) -%}
        {%- do run_query("drop table if exists " ~ schema ~ "." ~ name) -%}
    {%- endfor -%}
{%- endmacro %}

{#- Names, without the schema, of the tables that are there under this prefix. -#}
{% macro work_tables(prefix) -%}
    {%- if execute -%}
        {%- set schema, start = prefix.split('.') -%}
        {{ return(adapter.dispatch('tables_that_start', 'heddle')(schema, start ~ '_')) }}
    {%- endif -%}
    {{ return([]) }}
{%- endmacro %}

{% macro default__tables_that_start(schema, start) -%}
    {%- set found = run_query(
        "select table_name from information_schema.tables where table_schema = '" ~ schema ~ "' and table_name like '"
        ~ start.replace('_', '!_') ~ "%' escape '!'"
    ) -%}
    {{ return(found.columns[0].values() | list) }}
{%- endmacro %}

{#- Spark has no information_schema. -#}
{% macro spark__tables_that_start(schema, start) -%}
    {{ return(run_query("show tables in " ~ schema ~ " like '" ~ start ~ "*'").columns[1].values() | list) }}
{%- endmacro %}
