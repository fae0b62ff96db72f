{#- What an incremental run counts people for: the withheld nodes next to something that changed, and what they stand next to. A full run counts
    for all of them. Work tables, because what an engine guesses of them makes it read the components of everybody. -#}
{% macro identity_quarantine_scope(prefix, run, is_partial) -%}
    {%- set touched -%}
        with moved as (
            select node from {{ ref('identity_components') }} where seq > {{ run.done }}
            union
            select node from {{ ref('identity_anchors') }} where seq > {{ run.done }}
        )

        select node from moved
        union
        select identifier_node as node from {{ ref('identity_links') }} where record_node in (select moved.node from moved)
        union
        select record_node as node from {{ ref('identity_links') }} where identifier_node in (select moved.node from moved)
        union
        select record_node as node from {{ ref('identity_links') }} where updated_seq > {{ run.done }}
        union
        select identifier_node as node from {{ ref('identity_links') }} where updated_seq > {{ run.done }}
        union
        select withheld.node
        from {{ ref('identity_withheld') }} as withheld
        left join {{ this }} as known on withheld.node = known.node and withheld.guard = known.guard and withheld.reason = known.reason
        where known.node is null
    {%- endset -%}
    {%- set withheld -%}
        select node, guard, reason
        from {{ ref('identity_withheld') }}
        {%- if is_partial %}
        where node in (select node from {{ prefix }}_touched)
        {%- endif %}
    {%- endset -%}
    {%- set neighbours -%}
        select identifier_node as node, record_node as neighbour
        from {{ ref('identity_links') }}
        where identifier_node in (select node from {{ prefix }}_withheld)

        union all

        select record_node as node, identifier_node as neighbour
        from {{ ref('identity_links') }}
        where record_node in (select node from {{ prefix }}_withheld)
    {%- endset -%}
    {%- set tables = [
        (prefix ~ '_withheld', withheld),
        (prefix ~ '_neighbours', neighbours),
        (prefix ~ '_beside', 'select distinct neighbour as node from ' ~ prefix ~ '_neighbours'),
    ] -%}
    {{ return(([(prefix ~ '_touched', touched)] if is_partial else []) + tables) }}
{%- endmacro %}
