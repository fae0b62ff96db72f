-- One row per component: the profile_id it carries. An id follows the component that holds most of its nodes; a component keeps the id that
-- brought most nodes; the others get `p` and the number of the component. Without a past this is the number of the component for all.
{%- set previous = previous_relation('identity_map') %}
with

components as (
    select distinct component
    from {{ ref('identity_components') }}
),

overlap as (
    {%- if previous %}
    select
        previous.profile_id,
        now.component,
        count(*) as nodes
    from {{ previous }} as previous
    join {{ ref('identity_components') }} as now on previous.node = now.node
    group by 1, 2
    {%- else %}
    select
        cast(null as {{ dbt.type_string() }}) as profile_id,
        component,
        0 as nodes
    from components
    where 1 = 0
    {%- endif %}
),

homes as (
    select
        profile_id,
        component,
        nodes
    from (
        select
            profile_id,
            component,
            nodes,
            row_number() over (partition by profile_id order by nodes desc, component) as place
        from overlap
    ) as ranked
    where place = 1
),

kept as (
    select
        profile_id,
        component
    from (
        select
            profile_id,
            component,
            row_number() over (partition by component order by nodes desc, profile_id) as place
        from homes
    ) as ranked
    where place = 1
),

minted as (
    select
        components.component,
        'p' || cast(components.component as {{ dbt.type_string() }}) as profile_id
    from components
    left join kept on components.component = kept.component
    where kept.component is null
)

select
    component,
    profile_id,
    false as is_new
from kept

union all

-- The number is taken when another component left with the id that this node once named.
select
    minted.component,
    case
        when kept.profile_id is null then minted.profile_id
        else 'p' || cast({{ id_hash("'again:' || minted.profile_id") }} as {{ dbt.type_string() }})
    end as profile_id,
    true as is_new
from minted
left join kept on minted.profile_id = kept.profile_id
