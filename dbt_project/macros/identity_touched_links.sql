{#- What an incremental run counts accounts for: records that were told of, all links of the identifiers on them, and all records on those.
    Work tables, because what an engine guesses of them makes it read the links of everybody. -#}
{% macro identity_touched_links(prefix, run) -%}
    {%- set records -%}
        select distinct record_node
        from {{ ref('identity_links') }}
        where updated_seq > {{ run.done }}
    {%- endset -%}
    {%- set identifiers -%}
        select distinct identifier_node
        from {{ ref('identity_links') }}
        where identifier_type <> 'user_id' and record_node in (select record_node from {{ prefix }}_records)
    {%- endset -%}
    {%- set links -%}
        select record_node, identifier_node, identifier_type, last_seen
        from {{ ref('identity_links') }}
        where identifier_node in (select identifier_node from {{ prefix }}_identifiers)
    {%- endset -%}
    {%- set scope -%}
        select record_node from {{ prefix }}_links
        union
        select record_node from {{ prefix }}_records
    {%- endset -%}
    {{ return([
        (prefix ~ '_records', records), (prefix ~ '_identifiers', identifiers), (prefix ~ '_links', links), (prefix ~ '_scope', scope),
    ]) }}
{%- endmacro %}
