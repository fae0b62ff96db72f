-- One row per order line that belongs to nobody we know, and why.
with

lines as (
    {{ feed('order_lines') }}
)

select
    lines.source,
    lines.record_id,
    lines.order_id,
    lines.line_no,
    lines.ordered_at,
    lines.product_id,
    lines.quantity,
    lines.amount,
    lines.line_kind,
    case when lines.record_id is null then 'no_record' else 'record_without_identifier' end as reason
from lines
left join {{ ref('identity_records') }} as records on lines.source = records.source and lines.record_id = records.record_id
where records.profile_id is null
