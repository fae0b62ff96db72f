{#-
  One run as one statement. A member meets its stay that is open, or that this very as_of closed: that one is opened again. An open stay
  without a member is closed, or, where this as_of opened it, taken back.
-#}
{% macro membership_merge_sql(target_relation, members, names, now) -%}
    merge into {{ target_relation }} as t
    using (
        select profile_id, member_key{% for name in names %}, {{ name }}{% endfor %}
        from {{ members }}
        where membership_rank = 1
    ) as m
    on t.profile_id = m.profile_id and t.member_key = m.member_key and (t.left_at is null or t.left_at = {{ now }})
    when matched and (
        t.left_at is not null{% for name in names %} or t.{{ name }} is distinct from m.{{ name }}{% endfor %}
    ) then update set left_at = null{% for name in names %}, {{ name }} = m.{{ name }}{% endfor %}
    when not matched then insert (profile_id, member_key, entered_at, left_at{% for name in names %}, {{ name }}{% endfor %})
        values (m.profile_id, m.member_key, {{ now }}, null{% for name in names %}, m.{{ name }}{% endfor %})
    when not matched by source and t.left_at is null and t.entered_at = {{ now }} then delete
    when not matched by source and t.left_at is null then update set left_at = {{ now }}
{%- endmacro %}
