{#- Several work tables with one call of dbt where the engine takes a script: dbt's own part of a statement costs more than a small table. -#}
{% macro create_work_tables(tables) -%}
    {%- set statements = [] -%}
    {%- for name, select_sql in tables -%}
        {%- do statements.append(work_table_sql(name, select_sql)) -%}
    {%- endfor -%}
    {%- do run_script(statements) -%}
{%- endmacro %}

{% macro work_table_sql(name, select_sql) -%}
    {{ return(adapter.dispatch('create_work_table_sql', 'heddle')(name, select_sql)) }}
{%- endmacro %}

{#- Statements that return nothing, in order. -#}
{% macro run_script(statements) -%}
    {%- if statements -%}
        {%- do adapter.dispatch('run_script', 'heddle')(statements) -%}
    {%- endif -%}
{%- endmacro %}

{% macro default__run_script(statements) -%}
    {%- for statement in statements -%}
        {%- do run_query(statement) -%}
    {%- endfor -%}
{%- endmacro %}

{% macro duckdb__run_script(statements) -%}
    {%- do run_query(statements | join(';\n')) -%}
{%- endmacro %}

{% macro postgres__run_script(statements) -%}
    {%- do run_query(statements | join(';\n')) -%}
{%- endmacro %}

{#- What drop_work_tables does, with two calls. -#}
{% macro drop_work_tables_at_once(prefix) -%}
    {%- if execute -%}
        {%- set statements = [] -%}
        {%- for row in run_query(work_tables_sql(prefix)).rows -%}
            {%- do statements.append('drop table if exists ' ~ row[0] ~ '.' ~ row[1]) -%}
        {%- endfor -%}
        {%- do run_script(statements) -%}
    {%- endif -%}
{%- endmacro %}
