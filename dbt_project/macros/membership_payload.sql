{#- The columns of this run. Most segments have none beside the key, and need no look at the types. -#}
{% macro membership_columns(target_relation, members, segment, stored) -%}
    {%- if segment.get('payload') == [] and not stored -%}
        {{ return({'payload': [], 'dropped': [], 'told': ''}) }}
    {%- endif -%}
    {{ return(membership_new_payload(target_relation, members, membership_payload(target_relation))) }}
{%- endmacro %}

{#-
  The columns of this run, with their types: {'payload': [...], 'dropped': [...], 'told': text}. Columns that the definition names for the first
  time are added. Where one has another type than what is stored:

  * the new values fit into the stored type (a smaller number): it stays;
  * every stored value fits into the new type (a larger number, a date as a timestamp, anything as text): the column takes the new type, with its history;
  * else the stored column is put aside as <name>_v1, _v2, ... with its history, and a new one begins.

  `dropped` are stored columns that the definition names no more, those that were put aside among them.
-#}
{% macro membership_new_payload(target_relation, members, stored) -%}
    {%- set payload = membership_payload(members) -%}
    {%- set names = payload | map(attribute='name') | map('lower') | list -%}
    {%- set known = {} -%}
    {%- for column in stored -%}{%- do known.update({column.name | lower: column}) -%}{%- endfor -%}
    {%- set dropped = stored | map(attribute='name') | map('lower') | reject('in', names) | list -%}
    {%- set told = [] -%}
    {%- for column in payload -%}
        {%- set old = known.get(column.name | lower) -%}
        {%- set change = membership_type_change(old, column) if old else 'new' -%}
        {%- set change = 'aside' if change == 'widened' and not membership_can_alter(target_relation, old) else change -%}
        {%- if change == 'widened' -%}
            {% do membership_execute(membership_alter_type_sql(target_relation, column)) %}
        {%- elif change == 'aside' -%}
            {%- set aside = membership_free_name(column.name | lower, known.keys() | list + names) -%}
            {%- do dropped.append(aside) -%}
            {% do membership_execute('alter table ' ~ target_relation ~ ' rename column ' ~ old.name ~ ' to ' ~ aside) %}
            {%- do told.append(column.name ~ ' is ' ~ membership_type(column) ~ ' now; as ' ~ membership_type(old) ~ ' it is kept in ' ~ aside) -%}
        {%- endif -%}
        {%- if change in ('new', 'aside') -%}
            {% do membership_execute('alter table ' ~ target_relation ~ ' add column ' ~ column.name ~ ' ' ~ membership_type(column)) %}
        {%- endif -%}
    {%- endfor -%}
    {{ return({'payload': payload, 'dropped': dropped, 'told': told | join('; ')}) }}
{%- endmacro %}

{#- Stored columns, those put aside among them, that are called as something is which the catalog marks as personal data, and that the definition
    names no more: whoever left keeps other old values, but none of these. -#}
{% macro membership_personal(stored, segment) -%}
    {%- set kept = segment.get('payload') or [] -%}
    {%- set personal = segment.get('personal') or [] -%}
    {%- set found = [] -%}
    {%- for column in stored if column not in kept and (column in personal or modules.re.sub('_v[0-9]+$', '', column) in personal) -%}
        {%- do found.append(column) -%}
    {%- endfor -%}
    {{ return(found) }}
{%- endmacro %}

{% macro membership_forget_sql(target_relation, columns) -%}
    update {{ target_relation }}
    set {% for column in columns %}{{ column }} = null{{ ", " if not loop.last }}{% endfor %}
    where {% for column in columns %}{{ column }} is not null{{ " or " if not loop.last }}{% endfor %}
{%- endmacro %}

{#- same, widened or aside. -#}
{% macro membership_type_change(old, new) -%}
    {%- set was = membership_type(old) | lower -%}
    {%- set now = membership_type(new) | lower -%}
    {%- if was == now -%}{{ return('same') }}{%- endif -%}
    {%- set stored = membership_digits(was) -%}
    {%- set found = membership_digits(now) -%}
    {%- if stored and found and membership_fits(found, stored) -%}{{ return('same') }}{%- endif -%}
    {%- set lossless = (stored and found and membership_fits(stored, found))
        or (was == 'date' and now.startswith('timestamp') and 'tz' not in now and 'with time zone' not in now)
        or (now == dbt.type_string() | lower and not was.endswith(']') and not was.startswith(('array', 'list', 'struct', 'map'))) -%}
    {{ return('widened' if lossless else 'aside') }}
{%- endmacro %}

{#- The type of a column as it is written; texts of any length are one type. -#}
{% macro membership_type(column) -%}
    {{ return(dbt.type_string() if column.is_string() or column.dtype | lower in ('varchar', 'text', 'string') else column.data_type) }}
{%- endmacro %}

{#- {before, after, exact}: how many digits a number of this type has before and after its point; none for other types. A double holds 15 digits. -#}
{% macro membership_digits(type) -%}
    {%- set whole = {'tinyint': 3, 'smallint': 5, 'int': 10, 'integer': 10, 'bigint': 19, 'hugeint': 38} -%}
    {%- if type in whole -%}{{ return({'before': whole[type], 'after': 0, 'double': false}) }}{%- endif -%}
    {%- if type in ('double', 'double precision', 'float8', 'float64') -%}{{ return({'before': 15, 'after': 15, 'double': true}) }}{%- endif -%}
    {%- if type in ('numeric', 'decimal') -%}{{ return({'before': 1000, 'after': 1000, 'double': false}) }}{%- endif -%}
    {%- set sizes = modules.re.match('(?:decimal|numeric)\\((\\d+), *(\\d+)\\)', type) -%}
    {%- if sizes -%}
        {{ return({'before': sizes.group(1) | int - sizes.group(2) | int, 'after': sizes.group(2) | int, 'double': false}) }}
    {%- endif -%}
    {{ return(none) }}
{%- endmacro %}

{% macro membership_fits(value, type) -%}
    {%- if type.double -%}{{ return(value.double or value.before + value.after <= 15) }}{%- endif -%}
    {{ return(not value.double and value.before <= type.before and value.after <= type.after) }}
{%- endmacro %}

{% macro membership_free_name(name, taken) -%}
    {%- for number in range(1, 100) if name[:58] ~ '_v' ~ number not in taken -%}
        {%- if loop.first -%}{{ return(name[:58] ~ '_v' ~ number) }}{%- endif -%}
    {%- endfor -%}
{%- endmacro %}

{#- Whether the type of a stored column can be changed: on Postgres not while a view reads it, on the others not at all or not every type. -#}
{% macro membership_can_alter(target_relation, column) -%}
    {%- if target.type != 'postgres' -%}{{ return(target.type == 'duckdb') }}{%- endif -%}
    {%- set views -%}
        select count(*)
        from pg_catalog.pg_depend as d
        join pg_catalog.pg_attribute as a on a.attrelid = d.refobjid and a.attnum = d.refobjsubid
        where d.classid = 'pg_catalog.pg_rewrite'::regclass and d.refobjid = '{{ target_relation }}'::regclass and a.attname = '{{ column.name }}'
    {%- endset -%}
    {{ return(run_query(views).rows[0][0] == 0) }}
{%- endmacro %}

{% macro membership_alter_type_sql(target_relation, column) -%}
    {%- set name = column.name -%}
    {%- set type = membership_type(column) -%}
    alter table {{ target_relation }} alter column {{ name }} type {{ type }} using cast({{ name }} as {{ type }})
{%- endmacro %}
