{#- One row per key out of an append-only raw table: the latest state of a thing that is exported again and again.
    Rows without the key are left out: they name nothing. Ties are broken by where the row was read, never by the order of a scan;
    of a table that somebody else loads, `arrived` are the columns that say so. -#}
{% macro newest(relation, key, changed_at, arrived=['_loaded_at', '_file', '_row']) -%}
    select *
    from (
        select
            *,
            row_number() over (
                partition by {{ key }}
                order by {{ changed_at }} desc nulls last{% for column in arrived %}, {{ column }} desc{% endfor %}
            ) as _nth
        from {{ relation }}
        where {{ key.split(',')[0] }} is not null
    ) as numbered
    where _nth = 1
{%- endmacro %}
