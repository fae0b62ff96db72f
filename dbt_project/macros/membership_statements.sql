{#- The model's rows with one row per member guaranteed: membership_rank 1 is the member, more are duplicates that a later step ignores. -#}
{% macro membership_evaluated(sql, payload) -%}
    select
        evaluated.*,
        row_number() over (
            partition by evaluated.profile_id, evaluated.member_key
            order by evaluated.profile_id{% for name in payload %}, evaluated.{{ name }}{% endfor %}
        ) as membership_rank
    from (
        {{ sql }}
    ) as evaluated
    where evaluated.profile_id is not null
{%- endmacro %}

{#- Columns of a relation that are neither key nor bookkeeping. -#}
{% macro membership_payload(relation) -%}
    {%- set bookkeeping = ['profile_id', 'member_key', 'entered_at', 'left_at', 'membership_rank'] -%}
    {%- set payload = [] -%}
    {%- for column in adapter.get_columns_in_relation(relation) if column.name | lower not in bookkeeping -%}
        {%- do payload.append(column) -%}
    {%- endfor -%}
    {{ return(payload) }}
{%- endmacro %}

{% macro membership_create_sql(target_relation, members, payload) -%}
    create table {{ target_relation }} as
    select
        profile_id,
        member_key,
        cast(null as {{ dbt.type_timestamp() }}) as entered_at,
        cast(null as {{ dbt.type_timestamp() }}) as left_at
        {%- for column in payload %},
        {{ column.name }}
        {%- endfor %}
    from {{ members }}
    where 1 = 0
{%- endmacro %}

{#- The statements of one run, in order. `dropped` are payload columns that the definition names no more. -#}
{% macro membership_statements(target_relation, members, payload, dropped, now) -%}
    {%- set is_member -%}
        exists (
            select 1 from {{ members }} as m
            where m.profile_id = t.profile_id and m.member_key = t.member_key
        )
    {%- endset -%}
    {%- set take_back_entries -%}
        delete from {{ target_relation }} as t
        where t.entered_at = {{ now }} and t.left_at is null and not {{ is_member }}
    {%- endset -%}
    {%- set take_back_exits -%}
        update {{ target_relation }} as t set left_at = null
        where t.left_at = {{ now }} and {{ is_member }}
    {%- endset -%}
    {%- set close -%}
        update {{ target_relation }} as t set left_at = {{ now }}
        where t.left_at is null and not {{ is_member }}
    {%- endset -%}
    {%- set statements = [take_back_entries, take_back_exits, close] -%}
    {%- if payload -%}{%- do statements.append(membership_refresh_sql(target_relation, members, payload)) -%}{%- endif -%}
    {%- for column in dropped -%}
        {%- do statements.append('update ' ~ target_relation ~ ' set ' ~ column.name ~ ' = null where left_at is null and ' ~ column.name ~ ' is not null') -%}
    {%- endfor -%}
    {%- do statements.append(membership_open_sql(target_relation, members, payload, now)) -%}
    {{ return(statements) }}
{%- endmacro %}

{% macro membership_refresh_sql(target_relation, members, payload) -%}
    update {{ target_relation }} as t
    set {% for column in payload %}{{ column.name }} = m.{{ column.name }}{{ ", " if not loop.last }}{% endfor %}
    from {{ members }} as m
    where m.profile_id = t.profile_id and m.member_key = t.member_key and m.membership_rank = 1 and t.left_at is null
        and ({% for column in payload %}t.{{ column.name }} is distinct from m.{{ column.name }}{{ " or " if not loop.last }}{% endfor %})
{%- endmacro %}

{% macro membership_open_sql(target_relation, members, payload, now) -%}
    {%- set names = payload | map(attribute='name') | list -%}
    insert into {{ target_relation }} (profile_id, member_key, entered_at, left_at{% for name in names %}, {{ name }}{% endfor %})
    select m.profile_id, m.member_key, {{ now }}, cast(null as {{ dbt.type_timestamp() }}){% for name in names %}, m.{{ name }}{% endfor %}
    from {{ members }} as m
    where m.membership_rank = 1 and not exists (
        select 1 from {{ target_relation }} as t
        where t.profile_id = m.profile_id and t.member_key = m.member_key and t.left_at is null
    )
{%- endmacro %}
