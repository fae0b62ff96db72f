{#- The profiles of the clusters in the CTE `touched` as the map has them: (cluster, profile_id, nodes, identifiers, known_people).
    identity_assignments says the same, and in numbers; but a run that was killed may have changed it and not the map, and then the map is asked. -#}
{% macro identity_standing_profiles(run, map, touched) -%}
    {%- if run.seq == run.done + 1 -%}
    select cluster, profile_id, nodes, identifiers, known_people
    from {{ previous_relation('identity_assignments') }}
    where cluster in (select cluster from {{ touched }})
    {%- else -%}
    select cluster, profile_id, count(*) as nodes, sum(identifiers) as identifiers, sum(known_people) as known_people
    from (
        select cluster, profile_id, {{ identity_kind_counts('node_type') }}
        from {{ map }}
        where cluster in (select cluster from {{ touched }})
    ) as counted
    group by 1, 2
    {%- endif -%}
{%- endmacro %}

{#- What one node counts as: an identifier, and one of a person who is not anonymous. -#}
{% macro identity_kind_counts(node_type) -%}
    case when {{ node_type }} = 'record' then 0 else 1 end as identifiers,
        case when {{ node_type }} in ({{ anonymous_types() }}) then 0 else 1 end as known_people
{%- endmacro %}
