{#-
  Stored membership: one row per profile, member key and stay. The model's SQL says who is a member at as_of; a run closes the rows
  of those who left (left_at), opens rows for those who entered (entered_at), and refreshes the payload columns of those who stay.

  * The model is evaluated once, into a temporary table; everything after it is one transaction, so a kill leaves the old or the new state.
  * The same as_of again gives the same table. What this as_of opened or closed wrongly is taken back, not stacked on.
  * A volume guard that fails, a definition with faults, and an as_of before the recorded history all leave the table as it is;
    the verdict is in segment_runs and the test volume_guard_holds shows it.
  * A payload column that is personal data by now is emptied in every stay, also while the rest of the table stays as it is.
  * --full-refresh is ignored on purpose: history cannot be computed again.

  Needs of an engine: one `merge` that knows `not matched by source` (DuckDB, BigQuery, Databricks, Spark with Delta or Iceberg), or transactions
  and `update ... from` (Postgres, Snowflake); `is distinct from`.
-#}
{% materialization membership, default, supported_languages=['sql'] %}
    {%- do membership_needs_tables_that_change() -%}
    {%- set target_relation = this.incorporate(type='table') -%}
    {%- set existing = load_cached_relation(this) -%}
    {%- set segment = model.config.get('meta', {}).get('segment', {}) -%}
    {%- set members = make_temp_relation(target_relation) -%}
    {%- set now = as_of() | trim -%}

    {{ run_hooks(pre_hooks, inside_transaction=False) }}
    {{ run_hooks(pre_hooks, inside_transaction=True) }}

    {% call statement('main') -%}
        {{ get_create_table_as_sql(True, members, membership_evaluated(compiled_code, segment.get('payload'))) }}
    {%- endcall %}

    {%- if existing is none -%}
        {% do membership_execute(membership_create_sql(target_relation, members, membership_payload(members))) %}
    {%- endif -%}
    {%- set runs = membership_runs() -%}
    {%- set found = membership_found(target_relation, members, runs, segment.name, now) -%}
    {%- set counts = found.counts -%}
    {%- set reason = membership_block_reason(segment, counts) -%}
    {%- if not reason -%}
        {%- set columns = membership_columns(target_relation, members, segment, found.stored) -%}
        {%- for statement_sql in membership_statements(target_relation, members, columns.payload, columns.dropped, now, counts) -%}
            {% do membership_execute(statement_sql) %}
        {%- endfor -%}
    {%- endif -%}
    {%- set personal = membership_personal(found.stored, segment) -%}
    {%- if personal -%}{% do membership_execute(membership_forget_sql(target_relation, personal)) %}{%- endif -%}
    {% do membership_record_run(target_relation, runs, segment, counts, reason, columns.told if columns else '', now) %}

    {{ run_hooks(post_hooks, inside_transaction=True) }}
    {% do persist_docs(target_relation, model) %}
    {% do adapter.commit() %}
    {% do membership_execute('drop ' ~ ('view' if target.type == 'spark' else 'table') ~ ' if exists ' ~ members) %}
    {{ run_hooks(post_hooks, inside_transaction=False) }}
    {{ return({'relations': [target_relation]}) }}
{% endmaterialization %}

{#- A statement whose result nobody reads: run_query would make a table of it, which costs dbt more than most of these cost the warehouse. -#}
{% macro membership_execute(sql) -%}
    {%- call statement(auto_begin=false) -%}{{ sql }}{%- endcall -%}
{%- endmacro %}

{% macro membership_needs_tables_that_change() -%}
    {%- if target.type == 'spark' and config.get('file_format') not in ('delta', 'iceberg', 'hudi') -%}
        {{ exceptions.raise_compiler_error("Stored membership changes rows, which " ~ config.get('file_format', 'parquet') ~ " files on Spark cannot: run dbt with --vars '{file_format: delta}' (or iceberg) on a Spark that has it.") }}
    {%- endif -%}
{%- endmacro %}
