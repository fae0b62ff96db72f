{#- Fails while the latest run of the segment was blocked: the membership is the one before it. -#}
{% test volume_guard_holds(model, segment) %}
    select runs.segment, runs.as_of, runs.members, runs.previous, runs.reason
    from {{ ref('segment_runs') }} as runs
    where runs.segment = '{{ segment }}' and runs.verdict = 'blocked'
        and runs.as_of = (select max(latest.as_of) from {{ ref('segment_runs') }} as latest where latest.segment = '{{ segment }}')
{% endtest %}

{#- Fails while the latest run of any segment was blocked, whatever the reason: a guard, a faulty file, a clock set back. -#}
{% test no_segment_is_held_back(model) %}
    select latest.segment, latest.as_of, latest.reason
    from {{ ref('segment_runs') }} as latest
    left join {{ ref('segment_runs') }} as newer on latest.segment = newer.segment and latest.as_of < newer.as_of
    where latest.verdict = 'blocked' and newer.segment is null
{% endtest %}

{#- Nobody is in a segment twice at the same time, and every stay names its member. One test for all segments of a group: a node costs dbt more
    than the scan costs the warehouse, and a part per segment keeps the memory at that of the largest one. `segments` is one text, for dbt renders each
    text of a list by itself. -#}
{% test sound_memberships(model, segments) %}
    {%- for name in segments.split(' ') %}
    select '{{ name }}' as segment, profile_id, member_key, count(*) as stays
    from {{ ref('segment_' ~ name) }}
    where left_at is null or profile_id is null or member_key is null
    group by profile_id, member_key
    having count(*) > 1 or profile_id is null or member_key is null
    {{ 'union all' if not loop.last }}
    {%- endfor %}
{% endtest %}
