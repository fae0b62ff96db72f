{#- One row per key out of an append-only raw table: the latest state of a thing that is exported again and again.
    Rows without the key are left out: they name nothing. Ties are broken by where the row was read, never by the order of a scan. -#}
{% macro newest(relation, key, changed_at) -%}
    select *
    from (
        select
            *,
            row_number() over (
                partition by {{ key }}
                order by {{ changed_at }} desc nulls last, _loaded_at desc, _file desc, _row desc
            ) as _nth
        from {{ relation }}
        where {{ key.split(',')[0] }} is not null
    ) as numbered
    where _nth = 1
{%- endmacro %}
