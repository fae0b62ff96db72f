{#- Connected components of an undirected graph by minimum-neighbour contraction (the Shiloach-Vishkin / Boruvka family; J. Algorithms 3, 1982).

    edges_sql   a select of two bigint columns `u` and `v`, in any order, repeats and loops allowed
    prefix      start of the names of the work tables, for example `work_schema(this.schema) ~ '.heddle_cc'`
    returns     the name of a work table (x, p), one row per x: p is the smallest node of the component of x; rows with x = p are left out

    The given edges are kept as they are, loops too: a filter on them would compute the hashes of `edges_sql` a second time.
    Each round every node hooks onto its smallest smaller neighbour, pointers are doubled, and the edges are contracted; 5-6 rounds at 50M edges.
    Nodes should be hashes: on ids in the order of a path a round removes only 2^jumps nodes of it, so later, small rounds jump further.
    The caller drops the work tables, before and after, with drop_work_tables(prefix). -#}
{% macro connected_components(edges_sql, prefix, max_rounds=40, jumps=1) -%}
    {%- do drop_work_tables(prefix) -%}
    {%- set graph = namespace(edges=prefix ~ '_e0', hooks=[], solved=false) -%}
    {%- do create_work_table(graph.edges, "select least(u, v) as u, greatest(u, v) as v from (" ~ edges_sql ~ ") as given") -%}
    {%- for round in range(1, max_rounds + 1) if not graph.solved -%}
        {%- if run_query("select count(*) as edges from " ~ graph.edges).columns[0].values()[0] == 0 -%}
            {%- set graph.solved = true -%}
        {%- else -%}
            {%- set hooks = hook_nodes(graph.edges, prefix ~ '_h' ~ round, jumps + round // 2) | trim -%}
            {%- do create_work_table(prefix ~ '_e' ~ round, contracted_edges_sql(graph.edges, hooks)) -%}
            {%- do run_query("drop table " ~ graph.edges) -%}
            {%- set graph.edges = prefix ~ '_e' ~ round -%}
            {%- do graph.hooks.append(hooks) -%}
        {%- endif -%}
    {%- endfor -%}
    {%- if not graph.solved -%}
        {{ exceptions.raise_compiler_error("connected_components: " ~ max_rounds ~ " rounds did not solve the graph. Are the nodes hashes?") }}
    {%- endif -%}
    {%- do run_query("drop table " ~ graph.edges) -%}
    {%- do log("connected_components: " ~ graph.hooks | length ~ " rounds", info=true) -%}
    {{ return(unwind_hooks(graph.hooks, prefix) | trim) }}
{%- endmacro %}

{#- Creates the table (x, p): every node that has a smaller neighbour points to the smallest one, then 2^jumps steps further down. -#}
{% macro hook_nodes(edges, name, jumps) -%}
    {{ adapter.dispatch('hook_nodes', 'heddle')(edges, name, jumps) }}
{%- endmacro %}

{#- One statement: in late, small rounds a statement costs more than what it does. -#}
{% macro default__hook_nodes(edges, name, jumps) -%}
    {%- set hooks -%}
        with p0 as ({{ hooks_sql(edges) }})
        {%- for jump in range(jumps) %},
        p{{ jump + 1 }} as ({{ jump_sql('p' ~ jump) }})
        {%- endfor %}
        select x, p from p{{ jumps }}
    {%- endset -%}
    {%- do create_work_table(name, hooks) -%}
    {{ name }}
{%- endmacro %}

{#- Spark would compute p1 twice for p2, p2 twice for p3. -#}
{% macro spark__hook_nodes(edges, name, jumps) -%}
    {%- do create_work_table(name ~ '_0', hooks_sql(edges)) -%}
    {%- for jump in range(jumps) -%}
        {%- set pointers = name ~ '_' ~ jump -%}
        {%- do create_work_table(name ~ '_' ~ (jump + 1), jump_sql(pointers)) -%}
        {%- do run_query("drop table " ~ pointers) -%}
    {%- endfor -%}
    {{ name ~ '_' ~ jumps }}
{%- endmacro %}

{% macro hooks_sql(edges) -%}
    select v as x, min(u) as p from {{ edges }} where u <> v group by v
{%- endmacro %}

{% macro jump_sql(pointers) -%}
    select a.x, coalesce(b.p, a.p) as p from {{ pointers }} as a left join {{ pointers }} as b on a.p = b.x
{%- endmacro %}

{#- The larger end of an edge always has a hook, the smaller one may be a root. -#}
{% macro contracted_edges_sql(edges, hooks) -%}
    select distinct least(u, v) as u, greatest(u, v) as v
    from (
        select coalesce(small.p, e.u) as u, large.p as v
        from {{ edges }} as e
        join {{ hooks }} as large on e.v = large.x
        left join {{ hooks }} as small on e.u = small.x
    ) as contracted
    where u <> v
{%- endmacro %}

{#- From the last round back to the first: a node's root is the root of what it hooked onto. -#}
{% macro unwind_hooks(rounds, prefix) -%}
    {%- if not rounds -%}
        {%- do create_work_table(prefix ~ '_l0', "select cast(0 as bigint) as x, cast(0 as bigint) as p where 1 = 0") -%}
        {{- prefix ~ '_l0' -}}
    {%- else -%}
        {%- set solved = namespace(labels=rounds[-1]) -%}
        {%- for index in range((rounds | length) - 2, -1, -1) -%}
            {%- set labels = prefix ~ '_l' ~ (index + 1) -%}
            {%- do create_work_table(labels, unwound_labels_sql(rounds[index], solved.labels)) -%}
            {%- do run_query("drop table " ~ rounds[index]) -%}
            {%- do run_query("drop table " ~ solved.labels) -%}
            {%- set solved.labels = labels -%}
        {%- endfor -%}
        {{- solved.labels -}}
    {%- endif -%}
{%- endmacro %}

{% macro unwound_labels_sql(hooks, labels) -%}
    select h.x, coalesce(l.p, h.p) as p
    from {{ hooks }} as h
    left join {{ labels }} as l on h.p = l.x
    union all
    select l.x, l.p
    from {{ labels }} as l
    left join {{ hooks }} as h on l.x = h.x
    where h.x is null
{%- endmacro %}
