{#- Where a source stands in a list like `crm>loyalty>shop`: smaller is better; sources that are not listed, and fields without a list, share the last place. -#}
{% macro source_rank(sources, source) -%}
    case
        when {{ sources }} is null or {{ dbt.position("'>' || " ~ source ~ " || '>'", "'>' || " ~ sources ~ " || '>'") }} = 0 then 1000000
        else {{ dbt.position("'>' || " ~ source ~ " || '>'", "'>' || " ~ sources ~ " || '>'") }}
    end
{%- endmacro %}

{#- On identity_identifiers: an address that a person may be written to. A role mailbox or one shared by a family links nobody, but it exists. -#}
{% macro is_usable_address() -%}
    (coalesce(withheld_by, '') <> 'block_list' or withheld_reason = 'role_mailbox')
{%- endmacro %}
