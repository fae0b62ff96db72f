-- One row per profile and category that was bought and kept: how often, when last, and when the next time is due by the person's own rhythm.
with

days_bought as (
    select
        profile_id,
        category,
        {{ dbt.date_trunc('day', 'ordered_at') }} as bought_on,
        max(ordered_at) as bought_at,
        sum(cast(amount as {{ dbt.type_numeric() }})) as amount
    from {{ ref('profile_order_lines') }}
    where line_kind = 'purchase' and category is not null and ordered_at <= {{ as_of() }}
    group by 1, 2, 3
),

rhythms as (
    select
        profile_id,
        category,
        count(*) as times_bought,
        min(bought_on) as first_on,
        max(bought_on) as last_on,
        max(bought_at) as last_bought_at,
        sum(amount) as amount
    from days_bought
    group by 1, 2
),

usual as (
    select
        *,
        case
            when times_bought > 1
                then cast(round(1.0 * {{ dbt.datediff('first_on', 'last_on', 'day') }} / (times_bought - 1)) as {{ dbt.type_int() }})
        end as usual_days
    from rhythms
)

select
    profile_id,
    category,
    times_bought,
    cast(amount as {{ type_double() }}) as amount,
    last_bought_at,
    usual_days,
    {{ dbt.dateadd('day', 'usual_days', 'last_bought_at') }} as due_at
from usual
