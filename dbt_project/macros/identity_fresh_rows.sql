{#- The identifiers that were loaded since the last run read their source, and those of sources that it never read: a select.
    The watermarks are written out as literals: an engine skips the blocks of rows that are older, and a staging view of one source
    keeps one comparison. Sources are asked for before: an `or` with them would have every row read in all its columns. -#}
{% macro identity_fresh_rows() -%}
    {%- set observed = '(' ~ feed('identifiers') ~ ') as observed' -%}
    {%- set runs = execute and flags.WHICH in ('run', 'build') -%}
    {%- set read_so_far = run_query(identity_watermarks_sql()).rows if runs else [] -%}
    {%- if not read_so_far %}
    select * from {{ observed }}
    {%- else %}
    {%- set known = [] -%}
    {%- for row in read_so_far -%}
        {%- do known.append(identity_text(row[1])) -%}
    {%- endfor -%}
    {%- set unknown = [] -%}
    {%- for row in run_query(identity_new_sources_sql(known)).rows -%}
        {%- do unknown.append(identity_text(row[0])) -%}
    {%- endfor %}
    select *
    from {{ observed }}
    where loaded_at > {{ identity_moment(read_so_far[0][0]) }}
        and source in ({{ known | join(', ') }})
        and (
            {%- for row in read_so_far %}
            {{ 'or ' if not loop.first }}(source = {{ known[loop.index0] }} and loaded_at > {{ identity_moment(row[0]) }})
            {%- endfor %}
        )
        {%- if unknown %}

    union all

    select *
    from {{ observed }}
    where source in ({{ unknown | join(', ') }})
        {%- endif %}
    {%- endif -%}
{%- endmacro %}

{#- (loaded_at as text, source) of what the links were made of, the oldest first. -#}
{% macro identity_watermarks_sql() -%}
    select cast(max(loaded_at) as {{ dbt.type_string() }}) as loaded_at, source
    from {{ this }}
    where loaded_at is not null
    group by source
    order by 1, 2
{%- endmacro %}

{% macro identity_new_sources_sql(known) -%}
    select distinct source
    from ({{ feed('identifiers') }}) as observed
    where source not in ({{ known | join(', ') }})
{%- endmacro %}

{% macro identity_moment(text) -%}
    cast('{{ text }}' as timestamp)
{%- endmacro %}

{% macro identity_text(text) -%}
    {{ return("'" ~ (text | replace("'", "''")) ~ "'") }}
{%- endmacro %}
