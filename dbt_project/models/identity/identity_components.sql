-- One row per node that belongs to somebody: its connected component, named by one of the component's nodes.
-- Every record is here, also one whose identifiers are all withheld; a withheld identifier is not (null: not any more).
-- depends_on: {{ ref('identity_edges') }} {{ ref('identity_overrides') }} {{ ref('identity_withheld') }} {{ ref('identity_nodes') }}
-- depends_on: {{ ref('identity_links') }}
{{ config(post_hook="{{ drop_work_tables_at_once(work_schema(this.schema) ~ '.heddle_cc') }}", **identity_state_config('node')) }}
{%- set run = identity_run() %}
{%- if run.is_delta %}
select
    changes.node,
    changes.component,
    cast({{ run.seq }} as bigint) as seq,
    changes.is_added,
    false as is_gone
from {{ identity_components_delta(work_schema(this.schema) ~ '.heddle_cc', run) | trim }} as changes
{%- else %}
{%- if execute and flags.WHICH in ('run', 'build') -%}
    {%- set labels = connected_components(
        'select left_node as u, right_node as v from ' ~ ref('identity_edges'), work_schema(this.schema) ~ '.heddle_cc'
    ) | trim -%}
{%- else -%}
    {%- set labels = work_schema(this.schema) ~ '.heddle_cc_l1' -%}
{%- endif %}
select
    nodes.node,
    coalesce(labels.p, nodes.node) as component,
    cast({{ run.seq }} as bigint) as seq
from {{ ref('identity_nodes') }} as nodes
left join {{ labels }} as labels on nodes.node = labels.x
left join {{ ref('identity_withheld') }} as withheld on nodes.node = withheld.node
where nodes.node_type = 'record' or withheld.node is null
{%- endif %}
