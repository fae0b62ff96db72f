{#- Where the nodes that changed are now, and what they are called, as work tables:
      <prefix>_landed (node, cluster)                                  cluster null: it belongs to nobody
      <prefix>_left   (node, node_type, node_value, cluster)           those that the map has, and the cluster it has them in
      <prefix>_new    (node, node_type, node_value)                    those that are new
      <prefix>_back   (node)                                           the others: a guard let them go, or a person did -#}
{% macro identity_landed(prefix, run, map) -%}
    {%- set moved = prefix ~ '_moved' -%}
    {%- set components -%}
        select node, component
        from {{ ref('identity_components') }}
        where seq > {{ run.done }}
    {%- endset -%}
    {%- set landed -%}
        select moved.node, coalesce(anchors.cluster, moved.component) as cluster
        from {{ moved }} as moved
        left join (
            select node, cluster
            from {{ ref('identity_anchors') }}
            where cluster is not null and node in (select node from {{ moved }})
        ) as anchors on moved.node = anchors.node

        union all

        select anchors.node, coalesce(anchors.cluster, anchors.component) as cluster
        from {{ ref('identity_anchors') }} as anchors
        where anchors.seq > {{ run.done }}
            and not exists (select 1 from {{ moved }} as moved where moved.node = anchors.node)
    {%- endset -%}
    {%- set left_behind -%}
        select node, node_type, node_value, cluster
        from {{ map }}
        where node in (select node from {{ prefix }}_landed)
    {%- endset -%}
    {%- set new -%}
        select nodes.node, nodes.node_type, nodes.node_value
        from (select node, node_type, node_value from {{ ref('identity_nodes') }} where seq > {{ run.done }}) as nodes
        join {{ prefix }}_landed as landed on nodes.node = landed.node
        left join {{ prefix }}_left as known on nodes.node = known.node
        where known.node is null
    {%- endset -%}
    {%- set back -%}
        select landed.node
        from {{ prefix }}_landed as landed
        where not exists (select 1 from {{ prefix }}_left as known where known.node = landed.node)
            and not exists (select 1 from {{ prefix }}_new as new where new.node = landed.node)
    {%- endset -%}
    {{ return([
        (moved, components), (prefix ~ '_landed', landed), (prefix ~ '_left', left_behind), (prefix ~ '_new', new), (prefix ~ '_back', back),
    ]) }}
{%- endmacro %}
