{#- Whether the block list gained or lost a rule about accounts, or a rule's limit window changed, since the last complete run:
    then every count of accounts is made anew. -#}
{% macro identity_user_rules_moved() -%}
    {%- set moved -%}
        select count(*) as moved
        from (
            (select rule, identifier_type from ({{ block_list_rules() }}) as rules)
            union all
            (select rule, 'user_id' as identifier_type from ({{ identity_windows() }}) as windows)
        ) as now
        left join (
            select left_node as rule from {{ previous_relation('identity_applied') }} where kind in ('block_rule', 'window')
        ) as applied on now.rule = applied.rule
        where applied.rule is null and now.identifier_type in ('user_id', '*')
    {%- endset -%}
    {%- set lost -%}
        select count(*) as lost
        from {{ previous_relation('identity_applied') }} as applied
        left join ({{ block_list_rules() }}) as rules on applied.left_node = rules.rule
        where applied.kind = 'block_rule' and applied.is_about_accounts and rules.rule is null
    {%- endset -%}
    {{ return((run_query(moved).columns[0].values()[0] | int) + (run_query(lost).columns[0].values()[0] | int) > 0) }}
{%- endmacro %}

{#- The window of each identifier type as a hash, so that the state remembers which it was made with. -#}
{% macro identity_windows() -%}
    select {{ id_hash("'window:' || identifier_type || ':' || cast(coalesce(window_days, 0) as " ~ dbt.type_string() ~ ")") }} as rule
    from {{ ref('identity_rules') }}
{%- endmacro %}

{#- `moment` minus a number of days that is itself a column. -#}
{% macro days_before(moment, days) -%}
    {{ return(adapter.dispatch('days_before', 'heddle')(moment, days)) }}
{%- endmacro %}

{% macro default__days_before(moment, days) -%}
    {{ moment }} - cast({{ days }} as integer) * interval '1' day
{%- endmacro %}

{% macro spark__days_before(moment, days) -%}
    cast({{ moment }} as timestamp) - make_dt_interval(cast({{ days }} as int))
{%- endmacro %}

{% macro bigquery__days_before(moment, days) -%}
    timestamp_sub({{ moment }}, interval cast({{ days }} as int64) day)
{%- endmacro %}

{% macro snowflake__days_before(moment, days) -%}
    dateadd(day, -cast({{ days }} as integer), {{ moment }})
{%- endmacro %}
