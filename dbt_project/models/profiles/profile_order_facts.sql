-- One row per profile with orders, up to the instant of the run. Scores rank the people who bought; profile_id breaks ties.
with

orders as (
    select
        profile_id,
        ordered_at,
        cast(amount as {{ dbt.type_numeric() }}) as amount,
        cast(returned_amount as {{ dbt.type_numeric() }}) as returned_amount,
        channel,
        purchases > 0 as is_purchase,
        status in ('partly_returned', 'returned', 'cancelled') as is_return
    from {{ ref('profile_orders') }}
    where ordered_at <= {{ as_of() }}
),

totals as (
    select
        profile_id,
        count(case when is_purchase then 1 end) as orders_count,
        sum(amount) as lifetime_value,
        min(case when is_purchase then ordered_at end) as first_order_at,
        max(case when is_purchase then ordered_at end) as last_order_at,
        count(case when is_return then 1 end) as returns_count,
        sum(returned_amount) as returns_value
    from orders
    group by 1
),

scores as (
    select
        profile_id,
        ntile(5) over (order by last_order_at, profile_id) as rfm_recency,
        ntile(5) over (order by orders_count, profile_id) as rfm_frequency,
        ntile(5) over (order by lifetime_value, profile_id) as rfm_monetary
    from totals
    where orders_count > 0
),

channels as (
    select
        profile_id,
        channel,
        row_number() over (partition by profile_id order by count(*) desc, sum(amount) desc, channel) as place
    from orders
    where is_purchase and channel is not null
    group by 1, 2
),

categories as (
    select
        profile_id,
        category,
        row_number() over (
            partition by profile_id
            order by sum(cast(amount as {{ dbt.type_numeric() }})) desc, sum(cast(quantity as {{ dbt.type_numeric() }})) desc, category
        ) as place
    from {{ ref('profile_order_lines') }}
    where line_kind = 'purchase' and category is not null and ordered_at <= {{ as_of() }}
    group by 1, 2
)

select
    totals.profile_id,
    totals.orders_count,
    cast(totals.lifetime_value as {{ type_double() }}) as lifetime_value,
    totals.first_order_at,
    totals.last_order_at,
    totals.returns_count,
    cast(totals.returns_value as {{ type_double() }}) as returns_value,
    categories.category as favourite_category,
    channels.channel as preferred_channel,
    scores.rfm_recency,
    scores.rfm_frequency,
    scores.rfm_monetary
from totals
left join scores on totals.profile_id = scores.profile_id
left join channels on totals.profile_id = channels.profile_id and channels.place = 1
left join categories on totals.profile_id = categories.profile_id and categories.place = 1
