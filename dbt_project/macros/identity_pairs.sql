{#- What a full run compares with the map before it, as work tables:
      <prefix>_shared (old_cluster, cluster, nodes, identifiers, known_people)    how many nodes went from where to where; old_cluster null: they
                                                                                  are new; cluster null: they belong to nobody now
      <prefix>_pairs  (the same and is_parted)                                    is_parted: others came or went, too
    Where nothing is parted, a cluster is an old one under whatever number, and no node of it is looked at again. -#}
{% macro identity_pairs(prefix, map) -%}
    {%- set shared -%}
        select
            {{ 'before.cluster' if map else 'cast(null as bigint)' }} as old_cluster,
            now.cluster,
            count(*) as nodes,
            sum(now.identifiers) as identifiers,
            sum(now.known_people) as known_people
        from ({{ identity_counted_clusters() }}) as now
        {%- if map %}
        full outer join {{ map }} as before on now.node = before.node
        {%- endif %}
        group by 1, 2
    {%- endset -%}
    {%- set pairs -%}
        select shared.*, shared.cluster is null or joined.cluster is not null or divided.old_cluster is not null as is_parted
        from {{ prefix }}_shared as shared
        left join (
            select cluster from {{ prefix }}_shared where cluster is not null group by 1 having count(*) > 1
        ) as joined on shared.cluster = joined.cluster
        left join (
            select old_cluster from {{ prefix }}_shared where old_cluster is not null group by 1 having count(*) > 1
        ) as divided on shared.old_cluster = divided.old_cluster
    {%- endset -%}
    {{ return([(prefix ~ '_shared', shared), (prefix ~ '_pairs', pairs)]) }}
{%- endmacro %}

{#- (node, cluster, identifiers, known_people) of every node that belongs to somebody, or to one of some clusters. -#}
{% macro identity_counted_clusters(only='') -%}
    select clusters.node, clusters.cluster, {{ identity_kind_counts('nodes.node_type') }}
    from (select node, cluster from {{ ref('identity_clusters') }} {{ 'where cluster in (' ~ only ~ ')' if only }}) as clusters
    join {{ ref('identity_nodes') }} as nodes on clusters.node = nodes.node
{%- endmacro %}

{#- (node, old_cluster, cluster, identifiers, known_people) of the nodes of the parted pairs. -#}
{% macro identity_parted_nodes(prefix, map) -%}
    select
        coalesce(now.node, before.node) as node,
        before.cluster as old_cluster,
        now.cluster,
        now.identifiers,
        now.known_people
    from ({{ identity_counted_clusters('select cluster from ' ~ prefix ~ '_pairs where is_parted') }}) as now
    full outer join (
        select node, cluster from {{ map }}
        where cluster in (select old_cluster from {{ prefix }}_pairs where is_parted)
    ) as before on now.node = before.node
{%- endmacro %}
