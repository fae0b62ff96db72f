-- One row per order of a known profile. Sums are of decimals: they do not depend on the order of the rows.
with

orders as (
    select
        profile_id,
        order_id,
        source,
        min(ordered_at) as ordered_at,
        sum(case when line_kind = 'purchase' then cast(amount as {{ dbt.type_numeric() }}) end) as amount,
        sum(case when line_kind = 'purchase' then cast(quantity as {{ dbt.type_numeric() }}) end) as quantity,
        sum(case when line_kind in ('cancellation', 'return') then abs(cast(amount as {{ dbt.type_numeric() }})) end) as returned_amount,
        count(*) as lines,
        count(case when line_kind = 'purchase' then 1 end) as purchases,
        count(case when line_kind = 'return' then 1 end) as returns,
        count(case when line_kind = 'cancellation' then 1 end) as cancellations,
        min(currency) as currency,
        min(channel) as channel
    from {{ ref('profile_order_lines') }}
    where order_id is not null
    group by 1, 2, 3
)

select
    profile_id,
    order_id,
    source,
    ordered_at,
    cast(coalesce(amount, 0) as {{ type_double() }}) as amount,
    cast(coalesce(quantity, 0) as {{ type_double() }}) as quantity,
    lines,
    currency,
    channel,
    case
        when purchases > 0 and returns + cancellations > 0 then 'partly_returned'
        when purchases > 0 then 'purchased'
        when returns > 0 then 'returned'
        when cancellations > 0 then 'cancelled'
        else 'other'
    end as status,
    purchases,
    cast(coalesce(returned_amount, 0) as {{ type_double() }}) as returned_amount
from orders
