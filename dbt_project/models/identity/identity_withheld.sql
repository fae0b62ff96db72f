-- One row per node that may not link anybody: on the block list, or seen with more accounts than its type allows.
-- A record that names too many accounts is withheld as well: its identifiers stay, but not through this record.
with

blocked as (
    select
        node,
        min(reason) as reason
    from {{ ref('identity_blocked') }}
    {%- if not identity_guard_is_on('block_list') %}
    where 1 = 0
    {%- endif %}
    group by 1
),

capped as (
    select
        degrees.node,
        degrees.user_ids,
        rules.max_user_ids
    from {{ ref('identity_degrees') }} as degrees
    join {{ ref('identity_rules') }} as rules on degrees.node_type = rules.identifier_type
    where
        degrees.user_ids > rules.max_user_ids
        {%- if not identity_guard_is_on('degree_cap') %}
        and 1 = 0
        {%- endif %}
)

select
    node,
    'block_list' as guard,
    reason
from blocked

union all

select
    capped.node,
    'degree_cap' as guard,
    'seen with ' || cast(capped.user_ids as {{ dbt.type_string() }}) || ' user_ids, limit '
    || cast(capped.max_user_ids as {{ dbt.type_string() }}) as reason
from capped
left join blocked on capped.node = blocked.node
where blocked.node is null
