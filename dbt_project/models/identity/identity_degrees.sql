-- One row per identifier or record that was seen with two accounts or more (user_ids that are not blocked), and with how many.
-- With a window, only sightings of an account in the days before the identifier's latest one count: a phone number may change hands.
-- depends_on: {{ ref('identity_rules') }} {{ ref('identity_nodes') }} {{ block_lists() | join(' ') }}
{{ config(post_hook="{{ drop_work_tables_at_once(work_schema(this.schema) ~ '.heddle_dg') }}", **identity_state_config('node')) }}
{%- set run = identity_run() %}
{%- set is_partial = run.is_delta and 'accounts' not in run.changed and 'erasures' not in run.changed %}
{%- set work = work_schema(this.schema) ~ '.heddle_dg' %}
{%- if is_partial and execute and flags.WHICH in ('run', 'build') %}
    {%- do drop_work_tables_at_once(work) %}
    {%- do create_work_tables(identity_touched_links(work, run)) %}
{%- endif %}
with

accounts as (
    select
        links.record_node,
        links.identifier_node as user_node,
        links.last_seen
    from {{ ref('identity_links') }} as links
    where
        links.identifier_type = 'user_id'
        and not exists (select 1 from {{ ref('identity_blocked') }} as blocked where blocked.node = links.identifier_node)
        {%- if is_partial %}
        and links.record_node in (select scope.record_node from {{ work }}_scope as scope)
        {%- endif %}
),

sightings as (
    select
        links.identifier_node as node,
        links.identifier_type as node_type,
        accounts.user_node,
        max(least(links.last_seen, accounts.last_seen)) as last_seen
    from {{ work ~ '_links' if is_partial else ref('identity_links') }} as links
    join accounts on links.record_node = accounts.record_node
    where links.identifier_type <> 'user_id'
    group by 1, 2, 3

    union all

    select
        accounts.record_node as node,
        'record' as node_type,
        accounts.user_node,
        max(accounts.last_seen) as last_seen
    from accounts
    {%- if is_partial %}
    join {{ work }}_records as touched_records on accounts.record_node = touched_records.record_node
    {%- endif %}
    group by 1, 3
),

crowded as (
    select
        node,
        max(last_seen) as last_seen
    from sightings
    group by 1
    having count(*) > 1
),

degrees as (
    select
        sightings.node,
        sightings.node_type,
        count(*) as user_ids
    from sightings
    join crowded on sightings.node = crowded.node
    left join {{ ref('identity_rules') }} as rules on sightings.node_type = rules.identifier_type
    where rules.window_days is null or sightings.last_seen >= {{ days_before('crowded.last_seen', 'rules.window_days') }}
    group by 1, 2
    having count(*) > 1
)

select
    node,
    node_type,
    user_ids
    {%- if run.is_delta %},
    false as is_gone
    {%- endif %}
from degrees
{%- if run.is_delta %}

union all

select
    known.node,
    known.node_type,
    known.user_ids,
    true as is_gone
from {{ this }} as known
left join degrees on known.node = degrees.node
where
    degrees.node is null
    {%- if is_partial %}
    and (
        exists (select 1 from {{ work }}_links as touched where touched.identifier_node = known.node)
        or exists (select 1 from {{ work }}_records as touched where touched.record_node = known.node)
    )
    {%- endif %}
{%- endif %}
