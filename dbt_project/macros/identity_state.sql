{#- Whether this engine can keep a table and change some of its rows. Spark without Delta or Iceberg cannot: there every run is a full one. -#}
{% macro identity_keeps_state() -%}
    {{ return(target.type != 'spark' or var('file_format', 'parquet') in ('delta', 'iceberg')) }}
{%- endmacro %}

{#- How a table that remembers is made: `config(**identity_state_config('node'))`. -#}
{% macro identity_state_config(key) -%}
    {{ return({'materialized': 'identity_state', 'unique_key': key}) }}
{%- endmacro %}

{#-
  A table that an incremental run changes in place. In a full run the model's SQL is the whole table. In an incremental run it is the
  changed rows: rows with their keys are replaced, and a row whose column `is_gone` is true is only taken out. One transaction per run.
  Rows whose column `is_added` is true, where the model has one, are keys that the table does not have: they are not looked for.
  Without a unique_key it is always the whole table; unlike dbt's `table` the old one is there until the new one is made, so a model may read its past.
-#}
{% materialization identity_state, default %}
    {%- set target_relation = this.incorporate(type='table') -%}
    {%- set existing = load_cached_relation(this) -%}
    {%- set is_delta = existing is not none and config.get('unique_key') and identity_run().is_delta -%}
    {%- set made = make_intermediate_relation(target_relation) -%}
    {%- set backup = make_backup_relation(target_relation, 'table') -%}
    {{ drop_relation_if_exists(load_cached_relation(made)) }}
    {%- if existing is not none -%}
        {{ drop_relation_if_exists(load_cached_relation(backup)) }}
    {%- endif %}

    {{ run_hooks(pre_hooks, inside_transaction=False) }}
    {{ run_hooks(pre_hooks, inside_transaction=True) }}

    {%- if is_delta -%}
        {%- set changes = work_schema(this.schema) ~ '.heddle_delta_' ~ this.identifier -%}
        {%- set keys = [config.get('unique_key')] if config.get('unique_key') is string else config.get('unique_key') -%}
        {%- set columns = adapter.get_columns_in_relation(existing) | map(attribute='name') | join(', ') -%}
        {%- do run_query('drop table if exists ' ~ changes) -%}
        {%- do create_work_table(changes, sql) -%}
        {%- do run_query(identity_delete_sql(target_relation, changes, keys, 'is_added' in sql)) -%}
        {% call statement('main') -%}
            insert into {{ target_relation }} ({{ columns }})
            select {{ columns }} from {{ changes }} where not is_gone
        {%- endcall %}
        {%- do run_query('drop table ' ~ changes) -%}
    {%- else -%}
        {% call statement('main') -%}
            {{ get_create_table_as_sql(False, made, sql) }}
        {%- endcall %}
        {%- do create_indexes(made) -%}
        {%- if existing is not none -%}
            {%- do adapter.rename_relation(existing, backup) -%}
        {%- endif -%}
        {%- do adapter.rename_relation(made, target_relation) -%}
    {%- endif -%}

    {{ run_hooks(post_hooks, inside_transaction=True) }}
    {% do persist_docs(target_relation, model) %}
    {% do adapter.commit() %}
    {{ drop_relation_if_exists(backup) }}
    {{ run_hooks(post_hooks, inside_transaction=False) }}
    {{ return({'relations': [target_relation]}) }}
{% endmaterialization %}

{% macro identity_delete_sql(target_relation, changes, keys, says_what_is_added=false) -%}
    delete from {{ target_relation }}
    where exists (
        select 1 from {{ changes }} as changes
        where {% for key in keys %}changes.{{ key }} = {{ target_relation }}.{{ key }}{{ ' and ' if not loop.last }}{% endfor %}
        {%- if says_what_is_added %} and not changes.is_added{% endif %}
    )
{%- endmacro %}

{#- A table outside dbt that need not be there: a select of its rows, or of none. columns: {name: type}. -#}
{% macro optional_rows(schema, name, columns) -%}
    {%- set relation = none -%}
    {%- if execute -%}
        {%- set relation = adapter.get_relation(database=target.database, schema=schema, identifier=name) -%}
    {%- endif -%}
    {%- if relation is none -%}
        select {% for column, type in columns.items() %}cast(null as {{ type }}) as {{ column }}{{ ', ' if not loop.last }}{% endfor %} where 1 = 0
    {%- else -%}
        select {{ columns.keys() | join(', ') }} from {{ relation }}
    {%- endif -%}
{%- endmacro %}

{#- Nodes that have to forget: an erasure takes away every link of theirs. -#}
{% macro erased_nodes() -%}
    {{ optional_rows('heddle', 'erasures', {'node': 'bigint'}) }}
{%- endmacro %}
