-- One row per order line of a known profile, of every kind.
with

lines as (
    {{ feed('order_lines') }}
)

select
    records.profile_id,
    lines.source,
    lines.order_id,
    lines.line_no,
    lines.ordered_at,
    lines.product_id,
    lines.product_name,
    lines.category,
    lines.quantity,
    lines.unit_price,
    lines.amount,
    lines.currency,
    lines.channel,
    lines.line_kind
from lines
join {{ ref('identity_records') }} as records on lines.source = records.source and lines.record_id = records.record_id
