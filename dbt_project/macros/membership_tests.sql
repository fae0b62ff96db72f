{#- Fails while the latest run of the segment was blocked: the membership is the one before it. -#}
{% test volume_guard_holds(model, segment) %}
    select runs.segment, runs.as_of, runs.members, runs.previous, runs.reason
    from {{ ref('segment_runs') }} as runs
    where runs.segment = '{{ segment }}' and runs.verdict = 'blocked'
        and runs.as_of = (select max(latest.as_of) from {{ ref('segment_runs') }} as latest where latest.segment = '{{ segment }}')
{% endtest %}

{#- Nobody is in a segment twice at the same time. -#}
{% test unique_open_member(model) %}
    select profile_id, member_key
    from {{ model }}
    where left_at is null
    group by profile_id, member_key
    having count(*) > 1
{% endtest %}
