with answers as (
    select record_id, children, updated_at
    from (
        select
            record_id,
            children,
            updated_at,
            row_number() over (partition by record_id order by updated_at desc) as nth
        from {{ ref('stg_crm__contacts') }}
        where children is not null
    ) as versions
    where nth = 1
),

parts as (
    select record_id, updated_at, {{ split_to_rows('children', '[;|,\\n]') }} as part
    from answers
),

read_parts as (
    select
        record_id,
        updated_at,
        {{ found('part', '[0-9]{4}[-./][0-9]{1,2}[-./][0-9]{1,2}') }} as year_first,
        {{ found('part', '[0-9]{1,2}[-./][0-9]{1,2}[-./][0-9]{4}') }} as day_first,
        {{ clean_text(without('part', '[0-9:=().*/-]|[.]')) }} as first_name
    from parts
),

dated as (
    select
        record_id,
        updated_at,
        first_name,
        {{ iso_date('year_first', 'day_first') }} as birth_text,
        {{ try_cast(iso_date('year_first', 'day_first'), 'date') }} as birth_date
    from read_parts
)

select
    'crm' as source,
    record_id,
    {{ dbt.hash("record_id || ':' || coalesce(lower(first_name), '') || ':' || birth_text") }} as child_id,
    first_name,
    birth_date,
    max(updated_at) as observed_at
from dated
where birth_date is not null
group by 1, 2, 3, 4, 5
