{#- (node, rule, reason) for every identifier that a rule of the block list names. Both arguments are names of relations or CTEs:
    identifiers (node, node_type, node_value), rules (rule, identifier_type, match, value, reason). Values are compared in lower case.
    All joins but those of patterns have an equality: a rule of a prefix is found by its first three characters.
    kinds, types: what the rules have in `match` and in `identifier_type`, where it is known that they have few. -#}
{% macro block_list_hits(identifiers, rules, kinds=('value', 'local_part', 'prefix', 'pattern', 'domain'), types=('*',)) -%}
    {%- set value = 'lower(identifiers.node_value)' -%}
    {%- set same_type = 'identifiers.node_type = rules.identifier_type' -%}
    {%- for match, condition in [
        ('value', value ~ " = rules.value and rules.identifier_type in (identifiers.node_type, '*')"),
        ('local_part', same_type ~ ' and ' ~ mailbox_name(value) ~ ' = rules.value'),
        ('prefix', same_type ~ ' and substring(' ~ value ~ ', 1, 3) = substring(rules.value, 1, 3) and ' ~ value ~ " like rules.value || '%'"),
        ('pattern', same_type ~ ' and ' ~ value ~ ' like rules.value'),
        ('pattern', "rules.identifier_type = '*' and " ~ value ~ ' like rules.value'),
    ] if match in kinds %}
    select
        identifiers.node,
        rules.rule,
        rules.reason
    from {{ identifiers }} as identifiers
    join {{ rules }} as rules on {{ condition }}
    where rules.match = '{{ match }}' and identifiers.node_type <> 'record'
        {%- if '*' not in types %} and identifiers.node_type in ('{{ types | unique | join("', '") }}'){% endif %}
        {%- if not loop.last or 'domain' in kinds %}

    union all
        {% endif -%}
    {%- endfor %}
    {%- if 'domain' in kinds %}
    select
        domains.node,
        rules.rule,
        rules.reason
    from ({{ mailbox_domains(identifiers) }}) as domains
    join {{ rules }} as rules on domains.domain = rules.value
    where rules.match = 'domain'
    {%- endif %}
{%- endmacro %}

{#- What stands before the `@` of an address and before a tag: info of info+news@firm.example. -#}
{% macro mailbox_name(address) -%}
    {{ return(dbt.split_part(dbt.split_part(address, "'@'", 1), "'+'", 1)) }}
{%- endmacro %}

{#- (node, domain) of every e-mail address: its domain and the three domains above that. -#}
{% macro mailbox_domains(identifiers) -%}
    select
        levels.node,
        case depths.depth when 0 then levels.d0 when 1 then levels.d1 when 2 then levels.d2 else {{ domain_above('levels.d2') }} end as domain
    from (
        select node, d0, d1, {{ domain_above('d1') }} as d2
        from (
            select node, d0, {{ domain_above('d0') }} as d1
            from (
                select identifiers.node, {{ dbt.split_part('lower(identifiers.node_value)', "'@'", 2) }} as d0
                from {{ identifiers }} as identifiers
                where identifiers.node_type = 'email'
            ) as addresses
        ) as parents
    ) as levels
    cross join (select 0 as depth union all select 1 union all select 2 union all select 3) as depths
{%- endmacro %}

{% macro domain_above(domain) -%}
    {%- set dot = dbt.position("'.'", domain) -%}
    {{ return("case when " ~ dot ~ " > 0 then substring(" ~ domain ~ ", " ~ dot ~ " + 1) end") }}
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
