{#- Who was in a segment at an instant (a timestamp expression), as the last run at or before it left it: a relation to select from,
    profile_id, member_key, entered_at, left_at and the payload columns as they were last. Nobody before the segment's history began.
    from {{ segment_members_at('abandoned_cart', "cast('2026-06-01 06:00:00' as timestamp)") }} as members -#}
{% macro segment_members_at(segment, instant) -%}
    (
        select *
        from {{ ref('segment_' ~ segment) }}
        where entered_at <= {{ instant }} and (left_at is null or left_at > {{ instant }})
    )
{%- endmacro %}
