-- One row per source record, and its profile.
-- depends_on: {{ ref('identity_components') }}
{{ config(**identity_state_config('record_node')) }}
{%- set run = identity_run() %}
with

{%- if run.is_delta %}

touched as (
    select record_node
    from {{ ref('identity_links') }}
    where updated_seq > {{ run.done }}

    union

    select node as record_node
    from {{ ref('identity_map') }}
    where node_type = 'record' and seq > {{ run.done }}
),
{%- endif %}

records as (
    select
        links.record_node,
        links.source,
        links.record_id,
        min(links.first_seen) as first_seen,
        max(links.last_seen) as last_seen
    from {{ ref('identity_links') }} as links
    {%- if run.is_delta %}
    join touched on links.record_node = touched.record_node
    {%- endif %}
    group by 1, 2, 3
)

select
    records.record_node,
    records.source,
    records.record_id,
    map.profile_id,
    records.first_seen,
    records.last_seen
    {%- if run.is_delta %},
    false as is_gone
    {%- endif %}
from records
join {{ ref('identity_map') }} as map on records.record_node = map.node
{%- if run.is_delta %}

union all

select
    known.record_node,
    known.source,
    known.record_id,
    known.profile_id,
    known.first_seen,
    known.last_seen,
    true as is_gone
from {{ this }} as known
join {{ ref('identity_components') }} as components on known.record_node = components.node
where components.component is null and components.seq > {{ run.done }}
{%- endif %}
