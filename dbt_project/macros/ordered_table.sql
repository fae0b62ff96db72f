{#- Physical order of a table. On DuckDB the rows are written sorted, so that a scan skips the blocks that cannot match; the others get what
    they have instead: cluster keys, or an index. Use both: `config(materialized='table', **physical_order_config(...))`, and the clause at the end of the select. -#}
{% macro physical_order_config(columns) -%}
    {%- if target.type in ('snowflake', 'bigquery') -%}
        {{ return({'cluster_by': columns}) }}
    {%- elif target.type == 'postgres' -%}
        {{ return({'indexes': [{'columns': columns}]}) }}
    {%- endif -%}
    {{ return({}) }}
{%- endmacro %}

{% macro physical_order(columns) -%}
    {%- if target.type in ('duckdb', 'spark', 'databricks') -%}
    order by {{ columns | join(', ') }}
    {%- endif -%}
{%- endmacro %}

{#- Between `as` and the bracket of the CTE that is ordered last. DuckDB can spill a sort and it can spill a join, but not one that runs into the
    other: 33 million events of a million people ran out of 11 GB in one pipeline, and need 8 GB with the join finished first. -#}
{% macro materialised_before_ordering() -%}
    {%- if target.type == 'duckdb' -%}materialized{%- endif -%}
{%- endmacro %}
