{#- What a run found, in one query: members now, members before this as_of, whether the history already goes past it, whether this as_of ran
    before and was recorded; and the names of the payload columns that are stored. -#}
{% macro membership_found(target_relation, members, runs, segment_name, now) -%}
    {%- set names = ['members', 'previous', 'later', 'touched', 'recorded'] -%}
    {%- set sql -%}
        select counted.*, stored.*
        from (
            select
                (select count(*) from {{ members }} where membership_rank = 1) as membership_members,
                (
                    select count(*) from {{ target_relation }}
                    where entered_at < {{ now }} and (left_at is null or left_at >= {{ now }})
                ) as membership_previous,
                (select count(*) from {{ target_relation }} where entered_at > {{ now }} or left_at > {{ now }}) as membership_later,
                (select count(*) from {{ target_relation }} where entered_at = {{ now }} or left_at = {{ now }}) as membership_touched,
                (select count(*) from {{ runs }} where segment = '{{ segment_name }}' and as_of = {{ now }}) as membership_recorded
        ) as counted
        left join (select * from {{ target_relation }} where 1 = 0) as stored on 1 = 1
    {%- endset -%}
    {%- set result = run_query(sql) -%}
    {%- set counts = {} -%}
    {%- for name in names -%}{%- do counts.update({name: result.rows[0][loop.index0] | int}) -%}{%- endfor -%}
    {{ return({'counts': counts, 'stored': membership_payload_names(result.column_names[names | length:])}) }}
{%- endmacro %}

{#- Why the old membership must stay, in words; empty text when the run may go on. -#}
{% macro membership_block_reason(segment, counts) -%}
    {%- set guard = segment.get('volume_guard') or {} -%}
    {%- set members = counts.members -%}
    {%- set previous = counts.previous -%}
    {%- set change = (members - previous) | abs -%}
    {%- if segment.get('frozen') -%}
        {{ return('the definition has faults') }}
    {%- elif counts.later -%}
        {{ return('as_of is before the recorded history') }}
    {%- elif guard.get('min') is not none and members < guard['min'] -%}
        {{ return(members ~ ' members, the guard wants at least ' ~ guard['min']) }}
    {%- elif guard.get('max') is not none and members > guard['max'] -%}
        {{ return(members ~ ' members, the guard allows at most ' ~ guard['max']) }}
    {%- elif guard.get('max_change') is not none and previous and change * 100 > guard['max_change'] * previous -%}
        {{ return('from ' ~ previous ~ ' to ' ~ members ~ ' members, the guard allows a change of ' ~ guard['max_change'] ~ ' %') }}
    {%- endif -%}
    {{ return('') }}
{%- endmacro %}

{#- segment_runs, which is there before any segment wrote to it. -#}
{% macro membership_runs() -%}
    {%- set runs = api.Relation.create(database=this.database, schema=this.schema, identifier='segment_runs', type='table') -%}
    {%- if load_relation(runs) is none -%}
        {% do membership_execute('create table if not exists ' ~ runs ~ ' as ' ~ membership_no_runs()) %}
    {%- endif -%}
    {{ return(runs) }}
{%- endmacro %}

{#- One row per segment and as_of. In a blocked run `members` is what was found and `previous` is what stays. `reason`: why it was blocked, else
    `told`, what else a person should know of the run. -#}
{% macro membership_record_run(target_relation, runs, segment, counts, reason, told, now) -%}
    {%- if counts.recorded -%}
        {% do membership_execute("delete from " ~ runs ~ " where segment = '" ~ segment.name ~ "' and as_of = " ~ now) %}
    {%- endif -%}
    {%- set record -%}
        insert into {{ runs }}
            (segment, as_of, members, entered, left_count, previous, verdict, reason, definition_hash, git_commit, run_at)
        select
            '{{ segment.name }}', {{ now }}, {{ counts.members }},
            (select count(*) from {{ target_relation }} where entered_at = {{ now }}),
            (select count(*) from {{ target_relation }} where left_at = {{ now }}),
            {{ counts.previous }}, '{{ "blocked" if reason else "ok" }}', {{ membership_text(reason or told) }},
            '{{ segment.definition_hash }}', {{ membership_text(segment.get('commit')) }},
            cast('{{ run_started_at.strftime("%Y-%m-%d %H:%M:%S") }}' as {{ dbt.type_timestamp() }})
    {%- endset -%}
    {% do membership_execute(record) %}
{%- endmacro %}

{% macro membership_text(text) -%}
    {{ "cast('" ~ text ~ "' as " ~ dbt.type_string() ~ ")" if text else "cast(null as " ~ dbt.type_string() ~ ")" }}
{%- endmacro %}

{#- The shape of segment_runs, without rows. -#}
{% macro membership_no_runs() -%}
    select
        cast(null as {{ dbt.type_string() }}) as segment,
        cast(null as {{ dbt.type_timestamp() }}) as as_of,
        cast(null as {{ dbt.type_bigint() }}) as members,
        cast(null as {{ dbt.type_bigint() }}) as entered,
        cast(null as {{ dbt.type_bigint() }}) as left_count,
        cast(null as {{ dbt.type_bigint() }}) as previous,
        cast(null as {{ dbt.type_string() }}) as verdict,
        cast(null as {{ dbt.type_string() }}) as reason,
        cast(null as {{ dbt.type_string() }}) as definition_hash,
        cast(null as {{ dbt.type_timestamp() }}) as run_at,
        cast(null as {{ dbt.type_string() }}) as git_commit
    where 1 = 0
{%- endmacro %}
