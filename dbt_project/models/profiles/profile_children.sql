-- One row per child of a profile. Two records that tell the same birth date and name mean one child, under the id that was told first.
with

children as (
    {{ feed('children') }}
),

ranked as (
    select
        records.profile_id,
        children.child_id,
        children.first_name,
        children.birth_date,
        row_number() over (
            partition by records.profile_id, children.birth_date, lower(coalesce(children.first_name, ''))
            order by children.observed_at nulls last, children.child_id
        ) as place,
        row_number() over (
            partition by records.profile_id, children.child_id
            order by children.observed_at desc nulls last, children.birth_date, children.first_name
        ) as version
    from children
    join {{ ref('identity_records') }} as records on children.source = records.source and children.record_id = records.record_id
    where children.child_id is not null
)

select
    profile_id,
    child_id,
    first_name,
    birth_date
from ranked
where place = 1 and version = 1
