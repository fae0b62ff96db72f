-- One row per node of a component that holds two accounts or more, or two identifiers that a person keeps apart: the part it went to,
-- how far its anchor is, and the neighbour that brought it in. cluster null: the component is whole again.
-- depends_on: {{ ref('identity_edges') }} {{ ref('identity_nodes') }} {{ ref('identity_links') }} {{ ref('identity_rules') }} {{ ref('identity_overrides') }}
-- depends_on: {{ ref('identity_components') }} {{ ref('identity_withheld') }}
{{ config(post_hook="{{ drop_work_tables_at_once(work_schema(this.schema) ~ '.heddle_an') }}", **identity_state_config('node')) }}
{%- set run = identity_run() %}
{%- if execute and flags.WHICH in ('run', 'build') -%}
    {%- set anchored = identity_anchored(work_schema(this.schema) ~ '.heddle_an', run) | trim -%}
{%- else -%}
    {%- set anchored = work_schema(this.schema) ~ '.heddle_an_once' -%}
{%- endif %}
{%- if not run.is_delta %}
select
    node,
    component,
    cluster,
    distance,
    via_node,
    guard,
    cast({{ run.seq }} as bigint) as seq
from {{ anchored }}
{%- else %}
with

known as (
    select
        node,
        component,
        cluster,
        distance,
        via_node,
        guard
    from {{ work_schema(this.schema) }}.heddle_an_known
),

whole_again as (
    select
        known.node,
        components.component,
        known.distance,
        known.via_node,
        known.guard
    from known
    join (
        select node, component
        from {{ work_schema(this.schema) }}.heddle_an_members

        union all

        select node, component
        from {{ ref('identity_components') }}
        where component is null and seq > {{ run.done }}
    ) as components on known.node = components.node
    left join {{ anchored }} as anchored on known.node = anchored.node
    where known.cluster is not null and anchored.node is null
)

select
    anchored.node,
    anchored.component,
    anchored.cluster,
    anchored.distance,
    anchored.via_node,
    anchored.guard,
    cast({{ run.seq }} as bigint) as seq,
    false as is_gone
from {{ anchored }} as anchored
left join known
    on anchored.node = known.node
    and anchored.component = known.component
    and anchored.cluster = known.cluster
    and coalesce(anchored.distance, -1) = coalesce(known.distance, -1)
    and coalesce(anchored.via_node, -1) = coalesce(known.via_node, -1)
    and anchored.guard = known.guard
where known.node is null

union all

select
    node,
    component,
    cast(null as bigint) as cluster,
    distance,
    via_node,
    guard,
    cast({{ run.seq }} as bigint) as seq,
    false as is_gone
from whole_again
{%- endif %}
