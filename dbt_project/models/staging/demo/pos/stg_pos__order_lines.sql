{# Old tills write 'product*quantity*price' joined by '|', new ones a JSON array. Neither numbers its lines. #}
{% set fields = {'product_id': 'product_id', 'quantity': 'quantity', 'price': 'price'} -%}

with receipts as (
    select * from {{ ref('stg_pos__receipts') }}
),

compact as (
    select receipt_id, record_id, purchased_at, {{ split_to_rows('lines', '[|]') }} as part
    from receipts
    where lines not like '[%'
),

documents as (
    select receipt_id, record_id, purchased_at, {{ json_array_to_rows('lines') }} as part
    from receipts
    where lines like '[%'
),

parsed as (
    select receipt_id, record_id, purchased_at, part, {{ json_record('part', fields) }} as p
    from documents
),

parts as (
    select
        receipt_id,
        record_id,
        purchased_at,
        part,
        split_part(part, '*', 1) as product_id,
        split_part(part, '*', 2) as quantity,
        split_part(part, '*', 3) as price
    from compact
    union all
    select
        receipt_id,
        record_id,
        purchased_at,
        part,
        {{ json_field('p', 'product_id', fields) }} as product_id,
        {{ json_field('p', 'quantity', fields) }} as quantity,
        {{ json_field('p', 'price', fields) }} as price
    from parsed
),

read_parts as (
    select
        receipt_id,
        record_id,
        purchased_at,
        {{ clean_text('product_id') }} as product_id,
        {{ try_cast('quantity', type_double()) }} as quantity,
        {{ try_cast('price', type_double()) }} as unit_price,
        row_number() over (partition by receipt_id order by part) as line_no
    from parts
)

select
    'pos' as source,
    read_parts.record_id,
    read_parts.receipt_id as order_id,
    read_parts.line_no,
    read_parts.purchased_at as ordered_at,
    read_parts.product_id,
    products.product_name,
    products.category,
    read_parts.quantity,
    read_parts.unit_price,
    read_parts.quantity * read_parts.unit_price as amount,
    'PLN' as currency,
    'store' as channel,
    case
        when read_parts.quantity < 0 then 'return'
        when read_parts.quantity = 0 or read_parts.quantity is null or read_parts.unit_price < 0 or read_parts.unit_price is null
            then 'adjustment'
        when read_parts.record_id is null then 'unknown_customer'
        when read_parts.unit_price = 0 then 'gift'
        else 'purchase'
    end as line_kind
from read_parts
left join {{ ref('stg_shop__product_names') }} as products on read_parts.product_id = products.product_id
where read_parts.product_id is not null
