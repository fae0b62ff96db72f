-- Every order line that staging gives is either of a known profile or in unattributed_order_lines, once.
with

staged as (
    {{ feed('order_lines') }}
),

counts as (
    select
        (select count(*) from staged) as staged_lines,
        (select count(*) from {{ ref('profile_order_lines') }}) as profile_lines,
        (select count(*) from {{ ref('unattributed_order_lines') }}) as unattributed_lines
)

select *
from counts
where staged_lines <> profile_lines + unattributed_lines
