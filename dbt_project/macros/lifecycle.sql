{#- Where a person stands, by the days since the first and the last order (docs/decisions/0006-profile-definitions.md). -#}
{% macro lifecycle_stage(first_order_at, last_order_at) -%}
    case
        when {{ last_order_at }} is null then 'prospect'
        when {{ first_order_at }} > {{ days_before_run('lifecycle_new_days', 30) }} then 'new'
        when {{ last_order_at }} > {{ days_before_run('lifecycle_active_days', 90) }} then 'active'
        when {{ last_order_at }} > {{ days_before_run('lifecycle_at_risk_days', 180) }} then 'at_risk'
        when {{ last_order_at }} > {{ days_before_run('lifecycle_lapsed_days', 365) }} then 'lapsed'
        else 'lost'
    end
{%- endmacro %}

{% macro days_before_run(variable, default) -%}
    {{ dbt.dateadd('day', -(var(variable, default) | int), as_of()) }}
{%- endmacro %}

{#- A name for the scores: recency and frequency decide, as in the usual grid. -#}
{% macro rfm_group(recency, frequency) -%}
    case
        when {{ recency }} is null then null
        when {{ recency }} >= 4 and {{ frequency }} >= 4 then 'champions'
        when {{ recency }} >= 3 and {{ frequency }} >= 3 then 'loyal'
        when {{ recency }} = 5 then 'recent'
        when {{ recency }} = 4 then 'promising'
        when {{ recency }} = 3 then 'needs_attention'
        when {{ frequency }} >= 3 then 'at_risk'
        else 'hibernating'
    end
{%- endmacro %}
