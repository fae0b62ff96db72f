{#- What an incremental run has to do anew because the data that decide changed since the last complete run, in one query; a comma list of
      erasures           nodes were erased: nothing points any more to what they stood next to, so what counts neighbours counts anew
      accounts           a rule of the block list about accounts, or a limit's window: every count of accounts is made anew
      anchor_types       which types are anchors, or how strong links are: every component is looked at
      block_list:MATCH:TYPE   a rule of that kind is new: it looks at every identifier of the type -#}
{% macro identity_changed_data() -%}
    {%- set applied = previous_relation('identity_applied') -%}
    {%- set sql -%}
        with applied as (
            select kind, left_node, is_about_accounts from {{ applied }}
        ),

        rules as (
            {{ block_list_rules() }}
        ),

        new_rules as (
            select rules.identifier_type, rules.match
            from rules
            left join applied on applied.kind = 'block_rule' and rules.rule = applied.left_node
            where applied.kind is null
        ),

        settings as (
            select 'window' as kind, rule from ({{ identity_windows() }}) as windows
            union all
            select 'anchor_type' as kind, rule from ({{ identity_anchor_types() }}) as anchor_types
        )

        select 'erasures' as changed
        from ({{ erased_nodes() }}) as erased
        left join applied on applied.kind = 'erased' and erased.node = applied.left_node
        where applied.kind is null

        union

        select 'block_list:' || match || ':' || identifier_type as changed from new_rules

        union

        select 'accounts' as changed from new_rules where identifier_type in ('user_id', '*')

        union

        select 'accounts' as changed
        from applied
        left join rules on applied.left_node = rules.rule
        where applied.kind = 'block_rule' and applied.is_about_accounts and rules.rule is null

        union

        select case coalesce(settings.kind, applied.kind) when 'window' then 'accounts' else 'anchor_types' end as changed
        from settings
        full outer join (select kind, left_node from applied where kind in ('window', 'anchor_type')) as applied
            on settings.kind = applied.kind and settings.rule = applied.left_node
        where settings.rule is null or applied.left_node is null
    {%- endset -%}
    {{ return(run_query(sql).columns[0].values() | sort | join(',')) }}
{%- endmacro %}
