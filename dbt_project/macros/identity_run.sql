{#- The run of the identity stage that is under way, out of the one row of identity_run: {seq, done, is_delta, changed}.
    Rows of the state tables with seq > done are what this run has still to carry to its end, also those of a run that was killed. -#}
{% macro identity_run() -%}
    {%- set relation = ref('identity_run') -%}
    {%- if execute and flags.WHICH in ('run', 'build') -%}
        {%- set row = run_query('select seq, done, mode, changed from ' ~ relation).rows[0] -%}
        {{ return({'seq': row[0] | int, 'done': row[1] | int, 'is_delta': row[2] == 'incremental', 'changed': row[3].split(',')}) }}
    {%- endif -%}
    {{ return({'seq': 1, 'done': 0, 'is_delta': false, 'changed': []}) }}
{%- endmacro %}

{#- What the run that begins now is: {seq, done, mode, definitions, changed}. Full when asked for, when a state table is missing, when a definition
    that the stored state depends on has changed, and when the last full run did not come to its end. -#}
{% macro identity_plan() -%}
    {%- set done = identity_last_row('identity_runs', 'seq, definitions') -%}
    {%- set begun = identity_last_row('identity_run', 'seq, mode') -%}
    {%- set definitions = identity_definitions(done[1] if done else '') -%}
    {%- set missing = [] -%}
    {%- for name in identity_state_tables() if previous_relation(name) is none -%}
        {%- do missing.append(name) -%}
    {%- endfor -%}
    {%- set is_full = (
        flags.FULL_REFRESH or not identity_keeps_state() or missing or not done or definitions.are_others
        or (begun and begun[0] > done[0] and begun[1] == 'full')
    ) -%}
    {{ return({
        'seq': [(done[0] if done else 0), (begun[0] if begun else 0)] | max + 1,
        'done': done[0] if done else 0,
        'mode': 'full' if is_full else 'incremental',
        'definitions': definitions.text,
        'changed': '' if is_full else identity_changed_data(),
    }) }}
{%- endmacro %}

{#- The latest row of a table of runs, or nothing. -#}
{% macro identity_last_row(name, columns) -%}
    {%- set relation = previous_relation(name) -%}
    {%- if relation is not none -%}
        {%- set rows = run_query('select ' ~ columns ~ ' from ' ~ relation ~ ' order by seq desc limit 1').rows -%}
        {%- if rows | length -%}
            {{ return([rows[0][0] | int, rows[0][1] | string]) }}
        {%- endif -%}
    {%- endif -%}
    {{ return([]) }}
{%- endmacro %}

{% macro identity_state_tables() -%}
    {{ return([
        'identity_links', 'identity_nodes', 'identity_blocked', 'identity_degrees', 'identity_components', 'identity_anchors',
        'identity_assignments', 'identity_map', 'identity_records', 'identity_quarantine', 'identity_applied', 'identity_merges',
    ]) }}
{%- endmacro %}

{#- What the stored state was made by, against what the last run was made by: {text, are_others}. `text` is dbt's checksums of the files of staging
    and identity, and after a blank the variable identity_definitions, which `heddle run` gives and dbt alone does not: it sees macros and passes
    over comments. Where both runs have it, it decides; else the checksums do, and who changes a macro that alters identifiers runs --full-refresh. -#}
{% macro identity_definitions(last) -%}
    {%- set scope = var('identity_guards', identity_guards()) | join(',') ~ '|' ~ env_var('HEDDLE_SOURCES', 'demo') -%}
    {%- set checksums = local_md5([scope, identity_checksums()] | join('|')) -%}
    {%- set told = var('identity_definitions', '') -%}
    {%- set seen = local_md5([scope, told] | join('|')) if told else '' -%}
    {%- set last_checksums, last_seen = last.split(' ')[0], (last.split(' ') + [''])[1] -%}
    {%- set are_others = seen != last_seen if seen and last_seen else checksums != last_checksums -%}
    {{ return({'are_others': are_others, 'text': (checksums ~ ' ' ~ (seen or ('' if are_others else last_seen))) | trim}) }}
{%- endmacro %}

{% macro identity_checksums() -%}
    {%- set parts = [] -%}
    {%- if execute -%}
        {%- for node in graph.nodes.values() | sort(attribute='unique_id')
            if node.resource_type == 'model' and node.fqn[1] in ('staging', 'identity') -%}
            {%- do parts.append(node.name ~ ':' ~ node.checksum.checksum) -%}
        {%- endfor -%}
    {%- endif -%}
    {{ return(parts | join('|')) }}
{%- endmacro %}

{#- The guards that may withhold something; the variable identity_guards leaves some out, for measuring what each adds. -#}
{% macro identity_guards() -%}
    {{ return(['block_list', 'degree_cap', 'one_anchor']) }}
{%- endmacro %}

{% macro identity_guard_is_on(guard) -%}
    {{ return(guard in var('identity_guards', identity_guards())) }}
{%- endmacro %}
