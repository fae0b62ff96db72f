-- One row per profile and cart, its latest state. The instant of the run is the last one that counts.
with

carts as (
    {{ feed('carts') }}
),

ranked as (
    select
        records.profile_id,
        carts.cart_id,
        carts.created_at,
        carts.updated_at,
        carts.status,
        carts.total,
        carts.items,
        row_number() over (
            partition by records.profile_id, carts.cart_id
            order by carts.updated_at desc nulls last, carts.source, carts.record_id, carts.status
        ) as place
    from carts
    join {{ ref('identity_records') }} as records on carts.source = records.source and carts.record_id = records.record_id
    where carts.cart_id is not null and (carts.updated_at <= {{ as_of() }} or carts.updated_at is null)
)

select
    profile_id,
    cart_id,
    created_at,
    updated_at,
    status,
    total,
    items
from ranked
where place = 1
