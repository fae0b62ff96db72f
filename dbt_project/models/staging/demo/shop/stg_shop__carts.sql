select
    'shop' as source,
    record_id,
    cart_id,
    created_at,
    updated_at,
    status,
    total,
    items
from {{ ref('stg_shop__cart_states') }}
