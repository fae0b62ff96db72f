-- One row per node that belongs to somebody: its connected component, named by the component's smallest node.
-- Every record is here, also one whose identifiers are all withheld; a withheld identifier is not.
-- depends_on: {{ ref('identity_edges') }}
{{ config(post_hook="{{ drop_work_tables(this.schema ~ '.heddle_cc') }}") }}
{% if execute and flags.WHICH in ('run', 'build') -%}
    {%- set labels = connected_components(
        'select left_node as u, right_node as v from ' ~ ref('identity_edges'), this.schema ~ '.heddle_cc'
    ) | trim -%}
{%- else -%}
    {%- set labels = this.schema ~ '.heddle_cc_l1' -%}
{%- endif %}

select
    nodes.node,
    coalesce(labels.p, nodes.node) as component
from {{ ref('identity_nodes') }} as nodes
left join {{ labels }} as labels on nodes.node = labels.x
left join {{ ref('identity_withheld') }} as withheld on nodes.node = withheld.node
where nodes.node_type = 'record' or withheld.node is null
