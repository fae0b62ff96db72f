-- The macros drop the work tables that they make.
{{ config(group='identity') }}
-- depends_on: {{ ref('identity_components') }} {{ ref('identity_anchors') }}
{%- set left_over = run_query(work_tables_sql(ref('identity_components').schema ~ '.heddle')).columns[1].values() if execute else [] %}
select table_name
from (
    select cast(null as {{ dbt.type_string() }}) as table_name
    {%- for name in left_over %}
    union all
    select '{{ name }}' as table_name
    {%- endfor %}
) as work_tables
where table_name is not null
