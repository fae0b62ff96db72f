{#- The model's rows with one row per member guaranteed: membership_rank 1 is the member, more are duplicates that a later step ignores. Without
    payload columns two rows of a member are the same row, and no order has to be found among them. -#}
{% macro membership_evaluated(sql, payload) -%}
    select
    {%- if payload == [] %}
        evaluated.profile_id,
        evaluated.member_key,
        1 as membership_rank
    {%- else %}
        evaluated.*,
        row_number() over (
            partition by evaluated.profile_id, evaluated.member_key
            order by evaluated.profile_id{% for name in payload or [] %}, evaluated.{{ name }}{% endfor %}
        ) as membership_rank
    {%- endif %}
    from (
        {{ sql }}
    ) as evaluated
    where evaluated.profile_id is not null
    {%- if payload == [] %}
    group by evaluated.profile_id, evaluated.member_key
    {%- endif %}
{%- endmacro %}

{#- Columns of a relation that are neither key nor bookkeeping. -#}
{% macro membership_payload(relation) -%}
    {%- set columns = adapter.get_columns_in_relation(relation) -%}
    {%- set names = membership_payload_names(columns | map(attribute='name') | list) -%}
    {{ return(columns | selectattr('name', 'in', names) | list) }}
{%- endmacro %}

{% macro membership_payload_names(names) -%}
    {%- set bookkeeping = ['profile_id', 'member_key', 'entered_at', 'left_at', 'membership_rank'] -%}
    {%- set payload = [] -%}
    {%- for name in names if name | lower not in bookkeeping -%}
        {%- do payload.append(name) -%}
    {%- endfor -%}
    {{ return(payload) }}
{%- endmacro %}

{% macro membership_create_sql(target_relation, members, payload) -%}
    create table {{ target_relation }}{{ ' using ' ~ config.get('file_format') if target.type == 'spark' }} as
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
{% macro membership_statements(target_relation, members, payload, dropped, now, counts) -%}
    {%- set names = payload | map(attribute='name') | list -%}
    {%- set statements = adapter.dispatch('membership_changes', 'heddle')(target_relation, members, names, now, counts) -%}
    {%- for column in dropped -%}
        {%- do statements.append('update ' ~ target_relation ~ ' set ' ~ column ~ ' = null where left_at is null and ' ~ column ~ ' is not null') -%}
    {%- endfor -%}
    {{ return(statements) }}
{%- endmacro %}

{% macro duckdb__membership_changes(target_relation, members, names, now, counts) -%}
    {{ return([membership_merge_sql(target_relation, members, names, now)]) }}
{%- endmacro %}

{% macro bigquery__membership_changes(target_relation, members, names, now, counts) -%}
    {{ return([membership_merge_sql(target_relation, members, names, now)]) }}
{%- endmacro %}

{#- Databricks' adapter comes here too. -#}
{% macro spark__membership_changes(target_relation, members, names, now, counts) -%}
    {{ return([membership_merge_sql(target_relation, members, names, now)]) }}
{%- endmacro %}

{#- Without `not matched by source`: a statement per kind of change, and none for what cannot be. -#}
{% macro default__membership_changes(target_relation, members, names, now, counts) -%}
    {%- set statements = [] -%}
    {%- if counts.touched -%}
        {%- do statements.extend(membership_take_back_sql(target_relation, members, now)) -%}
    {%- endif -%}
    {%- if counts.touched or counts.previous -%}
        {%- do statements.append(membership_close_sql(target_relation, members, now)) -%}
        {%- if names -%}{%- do statements.append(membership_refresh_sql(target_relation, members, names)) -%}{%- endif -%}
    {%- endif -%}
    {%- do statements.append(membership_open_sql(target_relation, members, names, now)) -%}
    {{ return(statements) }}
{%- endmacro %}

{% macro membership_is_member(members) -%}
    exists (
        select 1 from {{ members }} as m
        where m.profile_id = t.profile_id and m.member_key = t.member_key
    )
{%- endmacro %}

{#- What this very as_of opened or closed, and should not have. -#}
{% macro membership_take_back_sql(target_relation, members, now) -%}
    {%- set entries -%}
        delete from {{ target_relation }} as t
        where t.entered_at = {{ now }} and t.left_at is null and not {{ membership_is_member(members) }}
    {%- endset -%}
    {%- set exits -%}
        update {{ target_relation }} as t set left_at = null
        where t.left_at = {{ now }} and {{ membership_is_member(members) }}
    {%- endset -%}
    {{ return([entries, exits]) }}
{%- endmacro %}

{% macro membership_close_sql(target_relation, members, now) -%}
    update {{ target_relation }} as t set left_at = {{ now }}
    where t.left_at is null and not {{ membership_is_member(members) }}
{%- endmacro %}

{% macro membership_refresh_sql(target_relation, members, names) -%}
    update {{ target_relation }} as t
    set {% for name in names %}{{ name }} = m.{{ name }}{{ ", " if not loop.last }}{% endfor %}
    from {{ members }} as m
    where m.profile_id = t.profile_id and m.member_key = t.member_key and m.membership_rank = 1 and t.left_at is null
        and ({% for name in names %}t.{{ name }} is distinct from m.{{ name }}{{ " or " if not loop.last }}{% endfor %})
{%- endmacro %}

{% macro membership_open_sql(target_relation, members, names, now) -%}
    insert into {{ target_relation }} (profile_id, member_key, entered_at, left_at{% for name in names %}, {{ name }}{% endfor %})
    select m.profile_id, m.member_key, {{ now }}, cast(null as {{ dbt.type_timestamp() }}){% for name in names %}, m.{{ name }}{% endfor %}
    from {{ members }} as m
    where m.membership_rank = 1 and not exists (
        select 1 from {{ target_relation }} as t
        where t.profile_id = m.profile_id and t.member_key = m.member_key and t.left_at is null
    )
{%- endmacro %}
