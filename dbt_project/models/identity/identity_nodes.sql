-- One row per identifier and per source record. The test that `node` is unique is the test that no two names share a hash.
{{ config(**identity_state_config('node')) }}
{%- set run = identity_run() %}
with

named as (
    select
        identifier_node as node,
        identifier_type as node_type,
        identifier_value as node_value
    from {{ ref('identity_links') }}
    {%- if run.is_delta %}
    where seq > {{ run.done }}
    {%- endif %}
    group by 1, 2, 3

    union all

    select
        record_node as node,
        'record' as node_type,
        source || ':' || record_id as node_value
    from {{ ref('identity_links') }}
    {%- if run.is_delta %}
    where seq > {{ run.done }}
    {%- endif %}
    group by 1, 2, 3
)
{%- if run.is_delta %},

known as (
    select
        node,
        node_type,
        node_value
    from {{ this }}
    where node in (select named.node from named)
)
{%- endif %}

select
    named.node,
    named.node_type,
    named.node_value,
    cast({{ run.seq }} as bigint) as seq
    {%- if run.is_delta %},
    true as is_added,
    false as is_gone
    {%- endif %}
from named
{%- if run.is_delta %}
left join known on named.node = known.node and named.node_type = known.node_type and named.node_value = known.node_value
where known.node is null
{%- endif %}
{%- if run.is_delta and 'erasures' in run.changed %}

union all

-- What was erased, and records that said nothing else.
select
    known.node,
    known.node_type,
    known.node_value,
    known.seq,
    false as is_added,
    true as is_gone
from {{ this }} as known
where
    not exists (select 1 from {{ ref('identity_links') }} as links where links.record_node = known.node)
    and not exists (select 1 from {{ ref('identity_links') }} as links where links.identifier_node = known.node)
{%- endif %}
