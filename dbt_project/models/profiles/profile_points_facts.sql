-- One row per profile with points. Expired points leave the balance when the source says so (kind expire).
with

totals as (
    select
        profile_id,
        sum(case when kind = 'earn' then abs(points) else -abs(points) end) as balance,
        sum(
            case
                when
                    kind = 'earn'
                    and expires_at > {{ as_of() }}
                    and expires_at <= {{ dbt.dateadd('day', 30, as_of()) }}
                    then abs(points)
                else 0
            end
        ) as expiring_30d
    from {{ ref('profile_points') }}
    where occurred_at <= {{ as_of() }}
    group by 1
)

select
    profile_id,
    balance as points_balance,
    case when balance <= 0 then 0 when expiring_30d < balance then expiring_30d else balance end as points_expiring_30d
from totals
