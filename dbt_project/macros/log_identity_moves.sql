{#- The moves of this run into the log; nothing when they are there already. -#}
{% macro log_identity_moves() -%}
    {%- set columns = 'run_seq, change, from_profile_id, to_profile_id, nodes, cause, cause_left_node, cause_right_node, reason, happened_at' -%}
    insert into {{ ref('identity_merges') }} ({{ columns }})
    select {{ columns }}
    from {{ ref('identity_moves') }} as moves
    where not exists (select 1 from {{ ref('identity_merges') }} as logged where logged.run_seq = moves.run_seq)
{%- endmacro %}
