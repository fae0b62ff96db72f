-- One row per identifier and rule of the block list that names it. A new rule looks at every identifier, an old one only at new identifiers.
{{ config(**identity_state_config(['node', 'rule'])) }}
{%- set run = identity_run() %}
{%- set new_kinds, new_types = [], [] %}
{%- for changed in run.changed if changed.startswith('block_list:') -%}
    {%- do new_kinds.append(changed.split(':')[1]) -%}
    {%- do new_types.append(changed.split(':')[2]) -%}
{%- endfor %}
with

rules as (
    {{ block_list_rules() }}
),

{%- if run.is_delta %}

applied as (
    select left_node as rule
    from {{ previous_relation('identity_applied') }}
    where kind = 'block_rule'
),

new_rules as (
    select rules.*
    from rules
    left join applied on rules.rule = applied.rule
    where applied.rule is null
),

new_nodes as (
    select *
    from {{ ref('identity_nodes') }}
    where seq > {{ run.done }}
),
{%- endif %}

hits as (
    {{ block_list_hits('new_nodes' if run.is_delta else ref('identity_nodes'), 'rules') }}
    {%- if new_kinds %}

    union

    {{ block_list_hits(ref('identity_nodes'), 'new_rules', new_kinds, new_types) }}
    {%- endif %}
)

select
    hits.node,
    hits.rule,
    hits.reason
    {%- if run.is_delta %},
    false as is_gone
    {%- endif %}
from hits
{%- if run.is_delta %}

union all

select
    known.node,
    known.rule,
    known.reason,
    true as is_gone
from {{ this }} as known
left join rules on known.rule = rules.rule
where
    rules.rule is null
    {%- if 'erasures' in run.changed %}
    or known.node not in (select nodes.node from {{ ref('identity_nodes') }} as nodes)
    {%- endif %}
{%- endif %}
