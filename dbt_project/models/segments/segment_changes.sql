{{ config(materialized='view') }}
with stays as (
    {{ segments_of_enabled_groups() }}
)

select
    segment,
    profile_id,
    member_key,
    cast('entered' as {{ dbt.type_string() }}) as change,
    entered_at as at
from stays
union all
select
    segment,
    profile_id,
    member_key,
    cast('left' as {{ dbt.type_string() }}) as change,
    left_at as at
from stays
where left_at is not null
