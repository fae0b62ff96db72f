-- One row per sync: of the rows that were sent, how many the destination holds. Rows never sent (suppressed, invalid) are not in it, nor does
-- the rate count what was accepted and is not confirmed yet.
with

latest_runs as (
    select
        sync,
        destination,
        object,
        audience,
        as_of,
        source_rows,
        row_number() over (partition by sync order by planned_at desc, plan_id) as place
    from {{ source('activations', 'activation_runs') }}
),

held as (
    select
        sync,
        count(case when held then 1 end) as held_rows,
        count(case when held and not (status = 'accepted' and row_hash is null) then 1 end) as confirmed_rows,
        count(case when not held and status = 'rejected' then 1 end) as rejected_rows,
        count(case when status = 'unknown' then 1 end) as unknown_rows
    from {{ source('activations', 'activation_ledger') }}
    group by 1
)

select
    runs.sync,
    runs.destination,
    runs.object,
    runs.audience,
    runs.as_of,
    runs.source_rows,
    coalesce(held.held_rows, 0) as held_rows,
    coalesce(held.rejected_rows, 0) as rejected_rows,
    coalesce(held.unknown_rows, 0) as unknown_rows,
    case
        when held.confirmed_rows + held.rejected_rows > 0
            then cast(held.confirmed_rows as {{ type_double() }}) / (held.confirmed_rows + held.rejected_rows)
    end as match_rate
from latest_runs as runs
left join held on runs.sync = held.sync
where runs.place = 1
