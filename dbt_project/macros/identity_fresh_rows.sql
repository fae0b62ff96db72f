{#- The rows of the CTE `observed` that were loaded since the last run read their source, and those of sources that it never read.
    The watermarks are written out as literals: an engine skips the blocks of rows that are older, and a staging view of one source
    keeps one comparison. -#}
{% macro identity_fresh_rows(observed) -%}
    {%- set watermarks -%}
        select cast(max(loaded_at) as {{ dbt.type_string() }}) as loaded_at, source
        from {{ this }}
        where loaded_at is not null
        group by source
        order by 1, 2
    {%- endset -%}
    {%- set read_so_far = run_query(watermarks).rows if execute and flags.WHICH in ('run', 'build') else [] -%}
    {%- if not read_so_far %}
    select * from {{ observed }}
    {%- else %}
    {%- set sources = [] -%}
    {%- for row in read_so_far -%}
        {%- do sources.append("'" ~ (row[1] | replace("'", "''")) ~ "'") -%}
    {%- endfor %}
    select *
    from {{ observed }}
    where loaded_at > {{ identity_moment(read_so_far[0][0]) }}
        and source in ({{ sources | join(', ') }})
        and (
            {%- for row in read_so_far %}
            {{ 'or ' if not loop.first }}(source = {{ sources[loop.index0] }} and loaded_at > {{ identity_moment(row[0]) }})
            {%- endfor %}
        )

    union all

    select *
    from {{ observed }}
    where source not in ({{ sources | join(', ') }})
    {%- endif -%}
{%- endmacro %}

{% macro identity_moment(text) -%}
    cast('{{ text }}' as timestamp)
{%- endmacro %}
