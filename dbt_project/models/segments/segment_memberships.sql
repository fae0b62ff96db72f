{{ config(materialized='view') }}
with stays as (
    {{ segments_of_enabled_groups() }}
)

select
    segment,
    profile_id,
    member_key,
    entered_at
from stays
where left_at is null
