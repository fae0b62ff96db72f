-- One row per record x identifier, before any guard: what the sources said. An incremental run reads what was loaded since the last.
{{ config(**identity_state_config(['record_node', 'identifier_node'])) }}
{%- set run = identity_run() %}
with

observed as (
    {{ feed('identifiers') }}
),

{%- if run.is_delta %}

fresh as (
    {{ identity_fresh_rows('observed') }}
),
{%- endif %}

links as (
    select
        source,
        record_id,
        identifier_type,
        identifier_value,
        min(observed_at) as first_seen,
        max(observed_at) as last_seen,
        max(loaded_at) as loaded_at
    from {{ 'fresh' if run.is_delta else 'observed' }}
    where record_id is not null and identifier_value is not null
    group by 1, 2, 3, 4
),

hashed as (
    select
        source,
        record_id,
        identifier_type,
        identifier_value,
        {{ id_hash("'record:' || source || ':' || record_id") }} as record_node,
        {{ id_hash("identifier_type || ':' || identifier_value") }} as identifier_node,
        first_seen,
        last_seen,
        loaded_at
    from links
),

erased as (
    {{ erased_nodes() }}
),

kept as (
    select hashed.*
    from hashed
    where
        not exists (select 1 from erased where erased.node = hashed.record_node)
        and not exists (select 1 from erased where erased.node = hashed.identifier_node)
)
{%- if run.is_delta %},

known as (
    select
        record_node,
        identifier_node,
        first_seen,
        last_seen,
        seq
    from {{ this }}
    where record_node in (select kept.record_node from kept)
)
{%- endif %}

{%- if not run.is_delta %}

select
    source,
    record_id,
    identifier_type,
    identifier_value,
    record_node,
    identifier_node,
    first_seen,
    last_seen,
    loaded_at,
    cast({{ run.seq }} as bigint) as seq,
    cast({{ run.seq }} as bigint) as updated_seq
from kept
{%- else %}

select
    kept.source,
    kept.record_id,
    kept.identifier_type,
    kept.identifier_value,
    kept.record_node,
    kept.identifier_node,
    least(kept.first_seen, coalesce(known.first_seen, kept.first_seen)) as first_seen,
    greatest(kept.last_seen, coalesce(known.last_seen, kept.last_seen)) as last_seen,
    kept.loaded_at,
    coalesce(known.seq, cast({{ run.seq }} as bigint)) as seq,
    cast({{ run.seq }} as bigint) as updated_seq,
    false as is_gone
from kept
left join known on kept.record_node = known.record_node and kept.identifier_node = known.identifier_node
{%- if identity_forgets() %}
{%- for end in ('record_node', 'identifier_node') %}

union all

select
    known.source,
    known.record_id,
    known.identifier_type,
    known.identifier_value,
    known.record_node,
    known.identifier_node,
    known.first_seen,
    known.last_seen,
    known.loaded_at,
    known.seq,
    known.updated_seq,
    true as is_gone
from {{ this }} as known
where known.{{ end }} in (select erased.node from erased)
{%- endfor %}
{%- endif %}
{%- endif %}
