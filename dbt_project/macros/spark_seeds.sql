{#- Seeds on Spark, in front of dbt-spark's macros: those know no varchar, and in a session they write null as 'None', whole numbers as floating
    point and quotes as they are. Here every value goes in as a text literal, and Spark casts it. -#}
{% macro spark__create_csv_table(model, agate_table) -%}
    {%- set types = {} -%}
    {%- for name, type in model.config.column_types.items() -%}
        {%- do types.update({name: spark_type(type)}) -%}
    {%- endfor -%}
    {{ return(dbt.spark__create_csv_table(dict(model, config=dict(model.config, column_types=types)), agate_table)) }}
{%- endmacro %}

{% macro spark__load_csv_rows(model, agate_table) -%}
    {%- set names = agate_table.column_names -%}
    {%- set columns = [] -%}
    {%- for name in names -%}
        {%- set type = model.config.column_types.get(name, adapter.convert_type(agate_table, loop.index0)) -%}
        {%- do columns.append('cast(' ~ adapter.quote(name) ~ ' as ' ~ spark_type(type) ~ ')') -%}
    {%- endfor -%}
    {%- set statements = [] -%}
    {%- for rows in agate_table.rows | batch(1000) -%}
        {%- set insert_sql -%}
            insert into {{ this.render() }}
            select {{ columns | join(', ') }}
            from values
            {% for row in rows -%}
                ({% for value in row %}{{ spark_literal(value) }}{{ ', ' if not loop.last }}{% endfor %}){{ ', ' if not loop.last }}
            {% endfor -%}
            as seed (`{{ names | join('`, `') }}`)
        {%- endset -%}
        {%- do adapter.add_query(insert_sql, abridge_sql_log=True) -%}
        {%- do statements.append(insert_sql) -%}
    {%- endfor -%}
    {{ return(statements[0] if statements else '') }}
{%- endmacro %}

{% macro spark_literal(value) -%}
    {%- if value is none -%}
        null
    {%- else -%}
        '{{ value | string | replace('\\', '\\\\') | replace("'", "\\'") }}'
    {%- endif -%}
{%- endmacro %}
