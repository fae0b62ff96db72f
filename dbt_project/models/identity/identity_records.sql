-- One row per source record, and its profile.
-- depends_on: {{ ref('identity_components') }}
{{ config(**identity_state_config('record_node')) }}
{%- set run = identity_run() %}
{%- if not run.is_delta %}
with

records as (
    select
        record_node,
        source,
        record_id,
        min(first_seen) as first_seen,
        max(last_seen) as last_seen
    from {{ ref('identity_links') }}
    group by 1, 2, 3
)

select
    records.record_node,
    records.source,
    records.record_id,
    map.profile_id,
    records.first_seen,
    records.last_seen
from records
join {{ ref('identity_map') }} as map on records.record_node = map.node
{%- else %}
with

told as (
    select
        record_node,
        source,
        record_id,
        min(first_seen) as first_seen,
        max(last_seen) as last_seen
    from {{ ref('identity_links') }}
    where updated_seq > {{ run.done }}
    group by 1, 2, 3
),

moved as (
    select
        node as record_node,
        node_value,
        profile_id
    from {{ ref('identity_map') }}
    where node_type = 'record' and seq > {{ run.done }}
),

-- Without the long texts: those of a record are told again or stand in the map, those of its profile changed or are asked for below.
known as (
    select
        record_node,
        source,
        first_seen,
        last_seen
    from {{ this }}
    where
        record_node in (
            select told.record_node from told
            union
            select moved.record_node from moved
        )
),

stayed as (
    select
        record_node,
        profile_id
    from {{ this }}
    where
        record_node in (
            select told.record_node
            from told
            left join moved on told.record_node = moved.record_node
            where moved.record_node is null
        )
),

touched as (
    select
        coalesce(told.record_node, known.record_node) as record_node,
        coalesce(told.source, known.source) as source,
        told.record_id,
        least(told.first_seen, known.first_seen) as first_seen,
        greatest(told.last_seen, known.last_seen) as last_seen,
        known.record_node is null as is_added
    from told
    full outer join known on told.record_node = known.record_node
)

select
    touched.record_node,
    touched.source,
    coalesce(touched.record_id, substring(moved.node_value, length(touched.source) + 2)) as record_id,
    coalesce(moved.profile_id, stayed.profile_id) as profile_id,
    touched.first_seen,
    touched.last_seen,
    touched.is_added,
    false as is_gone
from touched
left join moved on touched.record_node = moved.record_node
left join stayed on touched.record_node = stayed.record_node
where coalesce(moved.profile_id, stayed.profile_id) is not null

union all

select
    known.record_node,
    known.source,
    known.record_id,
    known.profile_id,
    known.first_seen,
    known.last_seen,
    false as is_added,
    true as is_gone
from {{ this }} as known
join (
    select node from {{ ref('identity_components') }} where component is null and seq > {{ run.done }}
) as components on known.record_node = components.node
{%- endif %}
