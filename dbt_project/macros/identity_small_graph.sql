{#- connected_components for graphs of a delta: the same rounds, several in one call, because there a statement costs more than what it does.
    On engines that take one statement at a time it is connected_components itself. Returns the name of the work table (x, p). -#}
{% macro small_graph_components(edges_sql, prefix) -%}
    {{ return(adapter.dispatch('small_graph_components', 'heddle')(edges_sql, prefix) | trim) }}
{%- endmacro %}

{% macro default__small_graph_components(edges_sql, prefix) -%}
    {{ return(connected_components(edges_sql, prefix)) }}
{%- endmacro %}

{% macro duckdb__small_graph_components(edges_sql, prefix) -%}
    {{ return(scripted_components(edges_sql, prefix)) }}
{%- endmacro %}

{% macro postgres__small_graph_components(edges_sql, prefix) -%}
    {{ return(scripted_components(edges_sql, prefix)) }}
{%- endmacro %}

{% macro scripted_components(edges_sql, prefix, max_rounds=40) -%}
    {%- set graph = namespace(rounds=0, is_solved=false) -%}
    {%- do create_work_tables([
        (prefix ~ '_e0', 'select least(u, v) as u, greatest(u, v) as v from (' ~ edges_sql ~ ') as given'),
    ]) -%}
    {%- for batch in range(max_rounds) if not graph.is_solved and graph.rounds < max_rounds -%}
        {%- set statements = [] -%}
        {%- for round in range(graph.rounds + 1, graph.rounds + rounds_at_once() + 1) -%}
            {%- do statements.extend(contraction_round(prefix, round)) -%}
            {%- set graph.rounds = round -%}
        {%- endfor -%}
        {%- do run_script(statements) -%}
        {%- set graph.is_solved = run_query('select count(*) as edges from ' ~ prefix ~ '_e' ~ graph.rounds).columns[0].values()[0] == 0 -%}
    {%- endfor -%}
    {%- if not graph.is_solved -%}
        {{ exceptions.raise_compiler_error("small_graph_components: " ~ max_rounds ~ " rounds did not solve the graph. Are the nodes hashes?") }}
    {%- endif -%}
    {%- do run_script(unwinding(prefix, graph.rounds)) -%}
    {{ return(prefix ~ '_l1') }}
{%- endmacro %}

{#- The statements of one round: hooks with doubled pointers, contracted edges. -#}
{% macro contraction_round(prefix, round) -%}
    {%- set edges, hooks, jumps = prefix ~ '_e' ~ (round - 1), prefix ~ '_h' ~ round, 2 + round // 2 -%}
    {%- set pointers -%}
        with p0 as ({{ hooks_sql(edges) }})
        {%- for jump in range(jumps) %},
        p{{ jump + 1 }} as ({{ jump_sql('p' ~ jump) }})
        {%- endfor %}
        select x, p from p{{ jumps }}
    {%- endset -%}
    {{ return([
        work_table_sql(hooks, pointers),
        work_table_sql(prefix ~ '_e' ~ round, contracted_edges_sql(edges, hooks)),
        'drop table ' ~ edges,
    ]) }}
{%- endmacro %}

{#- From the last round back to the first: a node's root is the root of what it hooked onto. -#}
{% macro unwinding(prefix, rounds) -%}
    {%- set statements = [work_table_sql(prefix ~ '_l' ~ rounds, 'select x, p from ' ~ prefix ~ '_h' ~ rounds)] -%}
    {%- for round in range(rounds - 1, 0, -1) -%}
        {%- do statements.append(work_table_sql(prefix ~ '_l' ~ round, unwound_labels_sql(prefix ~ '_h' ~ round, prefix ~ '_l' ~ (round + 1)))) -%}
        {%- do statements.append('drop table ' ~ prefix ~ '_l' ~ (round + 1)) -%}
    {%- endfor -%}
    {{ return(statements) }}
{%- endmacro %}
