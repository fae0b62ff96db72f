{#- The shape `identifiers` out of a CTE with record_id, first_seen_at, last_seen_at, loaded_at and a column per identifier.
    `identifiers` = {identifier_type: column}. An identifier is told twice, at its first and at its last sighting on the record
    (once when they are the same), so the shape does not grow with the number of events. Both carry the newest loaded_at:
    whoever reads only what came since the last time gets both. -#}
{% macro identifiers_from(relation, source_name, identifiers) -%}
    select '{{ source_name }}' as source, record_id, identifier_type, identifier_value, observed_at, loaded_at
    from (
        select record_id, identifier_type, identifier_value, min(first_seen_at) as observed_at, max(loaded_at) as loaded_at
        from ({{ unpivoted_identifiers(relation, identifiers) }}) as sightings
        group by record_id, identifier_type, identifier_value
        union
        select record_id, identifier_type, identifier_value, max(last_seen_at) as observed_at, max(loaded_at) as loaded_at
        from ({{ unpivoted_identifiers(relation, identifiers) }}) as sightings
        group by record_id, identifier_type, identifier_value
    ) as condensed
{%- endmacro %}

{% macro unpivoted_identifiers(relation, identifiers) -%}
    {%- for identifier_type, column in identifiers.items() %}
            select
                record_id,
                '{{ identifier_type }}' as identifier_type,
                cast({{ column }} as {{ dbt.type_string() }}) as identifier_value,
                first_seen_at,
                last_seen_at,
                loaded_at
            from {{ relation }}
            where record_id is not null and {{ column }} is not null
            {%- if not loop.last %}
            union all
            {%- endif -%}
    {%- endfor %}
{%- endmacro %}
