{#- Breadth-first from several anchors at once: each node goes to the nearest; ties by the weight of the link, its recency, the keys.

    prefix      start of the names of the work tables
    edges       name of a table (u, v, weight, last_seen), both directions; a small weight is a strong link
    seeds       name of a table (node, cluster): the anchors, and the cluster that each stands for
    returns     the name of a table (node, cluster, distance, via_node); via_node is the neighbour that brought the node in
    rounds      as many as the longest way to an anchor; only nodes that the last round reached are looked at -#}
{% macro nearest_anchor(prefix, edges, seeds, max_rounds=1000) -%}
    {%- set reached = prefix ~ '_reached' -%}
    {%- set first = "select node, cluster, 0 as distance, cast(null as bigint) as via_node from " ~ seeds -%}
    {%- do create_work_tables([(reached, first), (prefix ~ '_f0', first)]) -%}
    {%- set search = namespace(rounds=0, is_over=false) -%}
    {%- for batch in range(max_rounds) if not search.is_over and search.rounds < max_rounds -%}
        {%- set statements = [] -%}
        {%- for distance in range(search.rounds + 1, search.rounds + rounds_at_once() + 1) -%}
            {%- do statements.extend(search_round(prefix, edges, reached, distance)) -%}
            {%- set search.rounds = distance -%}
        {%- endfor -%}
        {%- do run_script(statements) -%}
        {%- set search.is_over = run_query("select count(*) as nodes from " ~ prefix ~ '_f' ~ search.rounds).columns[0].values()[0] == 0 -%}
    {%- endfor -%}
    {%- if not search.is_over -%}
        {{ exceptions.raise_compiler_error("nearest_anchor: nodes further than " ~ max_rounds ~ " links from an anchor") }}
    {%- endif -%}
    {%- do run_query("drop table " ~ prefix ~ '_f' ~ search.rounds) -%}
    {{ return(reached) }}
{%- endmacro %}

{#- Rounds between two looks at whether the search is over: an empty round costs less than a look. -#}
{% macro rounds_at_once() -%}
    {{ return(adapter.dispatch('rounds_at_once', 'heddle')()) }}
{%- endmacro %}

{% macro default__rounds_at_once() -%}
    {{ return(1) }}
{%- endmacro %}

{% macro duckdb__rounds_at_once() -%}
    {{ return(5) }}
{%- endmacro %}

{% macro postgres__rounds_at_once() -%}
    {{ return(5) }}
{%- endmacro %}

{#- The statements of one round. -#}
{% macro search_round(prefix, edges, reached, distance) -%}
    {%- set last, frontier = prefix ~ '_f' ~ (distance - 1), prefix ~ '_f' ~ distance -%}
    {{ return([
        work_table_sql(frontier, next_frontier_sql(edges, last, reached, distance)),
        'drop table ' ~ last,
        'insert into ' ~ reached ~ ' select node, cluster, distance, via_node from ' ~ frontier,
    ]) }}
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
