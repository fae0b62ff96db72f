{#- One row per record x identifier out of rows of the shape `identifiers`, with the numbers of its two nodes; nothing about erased ones. -#}
{% macro identity_told_links(rows_sql) -%}
    with links as (
        select
            source,
            record_id,
            identifier_type,
            identifier_value,
            min(observed_at) as first_seen,
            max(observed_at) as last_seen,
            max(loaded_at) as loaded_at
        from ({{ rows_sql }}) as observed
        where record_id is not null and identifier_value is not null
        group by 1, 2, 3, 4
    ),

    hashed as (
        select
            source,
            record_id,
            identifier_type,
            identifier_value,
            {{ id_hash("'record:' || source || ':' || record_id") }} as record_node,
            {{ id_hash("identifier_type || ':' || identifier_value") }} as identifier_node,
            first_seen,
            last_seen,
            loaded_at
        from links
    )

    select hashed.*
    from hashed
    where not exists (select 1 from ({{ erased_nodes() }}) as erased where erased.node = hashed.record_node)
        and not exists (select 1 from ({{ erased_nodes() }}) as erased where erased.node = hashed.identifier_node)
{%- endmacro %}

{#- Most of what is fresh was never told before: that is found by two numbers, before any other column of the stored links is read. -#}
{% macro identity_links_on_records(links, fresh) -%}
    select record_node, identifier_node
    from {{ links }}
    where record_node in (select record_node from {{ fresh }})
{%- endmacro %}

{% macro identity_told_before(prefix) -%}
    select known.record_node
    from {{ prefix }}_known as known
    join {{ prefix }}_fresh as fresh on known.record_node = fresh.record_node and known.identifier_node = fresh.identifier_node
{%- endmacro %}
