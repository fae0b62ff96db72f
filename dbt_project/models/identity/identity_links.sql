-- One row per record x identifier, before any guard: what the sources said. An incremental run reads what was loaded since the last.
{{ config(post_hook="{{ drop_work_tables_at_once(work_schema(this.schema) ~ '.heddle_li') }}", **identity_state_config(['record_node', 'identifier_node'])) }}
{%- set run = identity_run() %}
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
from ({{ identity_told_links(feed('identifiers')) }}) as told
{%- else %}
{%- set work = work_schema(this.schema) ~ '.heddle_li' %}
{%- if execute and flags.WHICH in ('run', 'build') %}
    {%- do drop_work_tables_at_once(work) %}
    {%- do create_work_tables([
        (work ~ '_fresh', identity_told_links(identity_fresh_rows())),
        (work ~ '_known', identity_links_on_records(this, work ~ '_fresh')),
        (work ~ '_told', identity_told_before(work)),
    ]) %}
{%- endif %}
with

known as (
    select
        record_node,
        identifier_node,
        first_seen,
        last_seen,
        seq
    from {{ this }}
    where record_node in (select told_before.record_node from {{ work }}_told as told_before)
)

select
    fresh.source,
    fresh.record_id,
    fresh.identifier_type,
    fresh.identifier_value,
    fresh.record_node,
    fresh.identifier_node,
    least(fresh.first_seen, coalesce(known.first_seen, fresh.first_seen)) as first_seen,
    greatest(fresh.last_seen, coalesce(known.last_seen, fresh.last_seen)) as last_seen,
    fresh.loaded_at,
    coalesce(known.seq, cast({{ run.seq }} as bigint)) as seq,
    cast({{ run.seq }} as bigint) as updated_seq,
    known.seq is null as is_added,
    false as is_gone
from {{ work }}_fresh as fresh
left join known on fresh.record_node = known.record_node and fresh.identifier_node = known.identifier_node
{%- if 'erasures' in run.changed %}
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
    false as is_added,
    true as is_gone
from {{ this }} as known
where known.{{ end }} in (select erased.node from ({{ erased_nodes() }}) as erased)
{%- endfor %}
{%- endif %}
{%- endif %}
