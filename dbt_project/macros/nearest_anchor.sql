{#- Breadth-first from several anchors at once: each node goes to the nearest; ties by the weight of the link, its recency, the keys.

    prefix      start of the names of the work tables
    edges       name of a table (u, v, weight, last_seen), both directions; a small weight is a strong link
    seeds       name of a table (node, cluster): the anchors, and the cluster that each stands for
    returns     the name of a table (node, cluster, distance, via_node); via_node is the neighbour that brought the node in
    rounds      as many as the longest way to an anchor; only nodes that the last round reached are looked at -#}
{% macro nearest_anchor(prefix, edges, seeds, max_rounds=1000) -%}
    {%- set reached = prefix ~ '_reached' -%}
    {%- set search = namespace(frontier=prefix ~ '_f0', is_over=false) -%}
    {%- set first = "select node, cluster, 0 as distance, cast(null as bigint) as via_node from " ~ seeds -%}
    {%- do create_work_table(reached, first) -%}
    {%- do create_work_table(search.frontier, first) -%}
    {%- for distance in range(1, max_rounds + 1) if not search.is_over -%}
        {%- set frontier = prefix ~ '_f' ~ distance -%}
        {%- do create_work_table(frontier, next_frontier_sql(edges, search.frontier, reached, distance)) -%}
        {%- do run_query("drop table " ~ search.frontier) -%}
        {%- set search.frontier = frontier -%}
        {%- if run_query("select count(*) as nodes from " ~ frontier).columns[0].values()[0] == 0 -%}
            {%- set search.is_over = true -%}
        {%- else -%}
            {%- do run_query("insert into " ~ reached ~ " select node, cluster, distance, via_node from " ~ frontier) -%}
        {%- endif -%}
    {%- endfor -%}
    {%- if not search.is_over -%}
        {{ exceptions.raise_compiler_error("nearest_anchor: nodes further than " ~ max_rounds ~ " links from an anchor") }}
    {%- endif -%}
    {%- do run_query("drop table " ~ search.frontier) -%}
    {{ return(reached) }}
{%- endmacro %}

{% macro next_frontier_sql(edges, frontier, reached, distance) -%}
    select node, cluster, {{ distance }} as distance, via_node
    from (
        select
            edges.v as node,
            frontier.cluster,
            edges.u as via_node,
            row_number() over (
                partition by edges.v
                order by edges.weight, edges.last_seen desc nulls last, frontier.cluster, edges.u
            ) as place
        from {{ frontier }} as frontier
        join {{ edges }} as edges on frontier.node = edges.u
        left join {{ reached }} as reached on edges.v = reached.node
        where reached.node is null
    ) as ranked
    where place = 1
{%- endmacro %}
