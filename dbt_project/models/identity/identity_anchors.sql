-- One row per node of a component that holds two accounts or more, or two identifiers that a person keeps apart: the part it went to,
-- how far its anchor is, and the neighbour that brought it in. cluster null: the component is whole again.
-- depends_on: {{ ref('identity_edges') }} {{ ref('identity_nodes') }} {{ ref('identity_links') }} {{ ref('identity_rules') }} {{ ref('identity_overrides') }}
-- depends_on: {{ ref('identity_components') }} {{ ref('identity_withheld') }}
{{ config(post_hook="{{ drop_work_tables(work_schema(this.schema) ~ '.heddle_an') }}", **identity_state_config('node')) }}
{%- set run = identity_run() %}
{%- if execute and flags.WHICH in ('run', 'build') -%}
    {%- set anchored = identity_anchored(work_schema(this.schema) ~ '.heddle_an', run) | trim -%}
{%- else -%}
    {%- set anchored = work_schema(this.schema) ~ '.heddle_an_twice' -%}
{%- endif %}
select
    node,
    component,
    cluster,
    distance,
    via_node,
    guard,
    cast({{ run.seq }} as bigint) as seq
    {%- if run.is_delta %},
    false as is_gone
    {%- endif %}
from {{ anchored }}
{%- if run.is_delta %}

union all

select
    known.node,
    components.component,
    cast(null as bigint) as cluster,
    known.distance,
    known.via_node,
    known.guard,
    cast({{ run.seq }} as bigint) as seq,
    false as is_gone
from {{ this }} as known
join (
    select node, component
    from {{ ref('identity_components') }}
    where component in (select touched.component from {{ work_schema(this.schema) }}.heddle_an_touched as touched)

    union all

    select node, component
    from {{ ref('identity_components') }}
    where component is null and seq > {{ run.done }}
) as components on known.node = components.node
left join {{ anchored }} as anchored on known.node = anchored.node
where known.cluster is not null and anchored.node is null
{%- endif %}
