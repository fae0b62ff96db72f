{#- The profiles of the clusters in the CTE `touched`, or of all, as the map has them: (cluster, profile_id, nodes, identifiers, known_people, born_at).
    identity_assignments says the same, and in numbers; but a run that was killed may have changed it and not the map, and then the map is asked. -#}
{% macro identity_standing_profiles(run, map, touched='') -%}
    {%- set known = previous_relation('identity_assignments') -%}
    {%- if known and run.seq == run.done + 1 -%}
    select cluster, profile_id, nodes, identifiers, known_people, born_at
    from {{ known }}
    {{ identity_touched_only(touched) }}
    {%- else -%}
    select counted.*, {{ 'known.born_at' if known else 'cast(null as timestamp)' }} as born_at
    from (
        select cluster, profile_id, count(*) as nodes, sum(identifiers) as identifiers, sum(known_people) as known_people
        from (
            select cluster, profile_id, {{ identity_kind_counts('node_type') }}
            from {{ map }}
            {{ identity_touched_only(touched) }}
        ) as nodes
        group by 1, 2
    ) as counted
    {%- if known %}
    left join {{ known }} as known on counted.profile_id = known.profile_id
    {%- endif %}
    {%- endif -%}
{%- endmacro %}

{% macro identity_touched_only(touched) -%}
    {{ 'where cluster in (select cluster from ' ~ touched ~ ')' if touched }}
{%- endmacro %}

{#- What one node counts as: an identifier, and one of a person who is not anonymous. -#}
{% macro identity_kind_counts(node_type) -%}
    case when {{ node_type }} = 'record' then 0 else 1 end as identifiers,
        case when {{ node_type }} in ({{ anonymous_types() }}) then 0 else 1 end as known_people
{%- endmacro %}
