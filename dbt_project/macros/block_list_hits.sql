{#- (node, rule, reason) for every identifier that a rule of the block list names. Both arguments are names of relations or CTEs:
    identifiers (node, node_type, node_value), rules (rule, identifier_type, match, value, reason). Values are compared in lower case. -#}
{% macro block_list_hits(identifiers, rules) -%}
    {%- set mailbox = "lower(" ~ dbt.split_part('identifiers.node_value', "'@'", 1) ~ ")" -%}
    {%- set domain = "lower(" ~ dbt.split_part('identifiers.node_value', "'@'", 2) ~ ")" -%}
    {%- for match, condition in [
        ('value', "lower(identifiers.node_value) = rules.value and rules.identifier_type in (identifiers.node_type, '*')"),
        ('local_part', "identifiers.node_type = 'email' and " ~ mailbox ~ " = rules.value"),
        ('domain', "identifiers.node_type = 'email' and " ~ domain ~ " = rules.value"),
        ('prefix', "identifiers.node_type = rules.identifier_type and lower(identifiers.node_value) like rules.value || '%'"),
        ('pattern', "identifiers.node_type = rules.identifier_type and lower(identifiers.node_value) like rules.value"),
    ] %}
    select
        identifiers.node,
        rules.rule,
        rules.reason
    from {{ identifiers }} as identifiers
    join {{ rules }} as rules on {{ condition }}
    where rules.match = '{{ match }}' and identifiers.node_type <> 'record'
        {%- if not loop.last %}

    union all
        {% endif -%}
    {%- endfor -%}
{%- endmacro %}

{#- The lists of identifiers that say nothing about a person, one seed each, all with the same columns. -#}
{% macro block_lists() -%}
    {{ return([
        ref('identity_block_list'), ref('identity_role_mailboxes'), ref('identity_disposable_domains'), ref('identity_fictitious_phones'),
    ]) }}
{%- endmacro %}

{#- All lists as (rule, identifier_type, match, value, reason); `rule` is the hash that the state remembers a rule by. -#}
{% macro block_list_rules() -%}
    select
        {{ id_hash("identifier_type || ':' || match || ':' || lower(value)") }} as rule,
        identifier_type,
        match,
        lower(value) as value,
        min(reason) as reason
    from (
        {%- for list in block_lists() %}
        select identifier_type, match, value, reason from {{ list }}
        {%- if not loop.last %}
        union all
        {%- endif -%}
        {%- endfor %}
    ) as lists
    group by 1, 2, 3, 4
{%- endmacro %}
