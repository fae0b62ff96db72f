{#- Work tables of a model that needs several statements: `<schema>.<prefix>_...`. They are ordinary tables, so that every engine has them;
    a killed run leaves them behind and the next one drops them first. -#}
{% macro create_work_table(name, select_sql) -%}
    {%- do run_query("create table " ~ name ~ " as " ~ select_sql) -%}
{%- endmacro %}

{#- prefix: `<schema>.<start of the table names>`, without quotes. -#}
{% macro drop_work_tables(prefix) -%}
    {%- if execute -%}
        {%- set schema, start = prefix.split('.') -%}
        {%- set left_over = run_query(
            "select table_name from information_schema.tables where table_schema = '" ~ schema ~ "' and table_name like '"
            ~ start.replace('_', '!_') ~ "!_%' escape '!'"
        ) -%}
        {%- for name in left_over.columns[0].values() -%}
            {%- do run_query("drop table if exists " ~ schema ~ "." ~ name) -%}
        {%- endfor -%}
    {%- endif -%}
{%- endmacro %}
