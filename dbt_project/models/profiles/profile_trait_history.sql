-- One row per profile, tracked trait and period in which it had a value. A run adds what changed since the last one, as of its instant; a run
-- at the same instant changes nothing more, and a run for an instant before the last one leaves the history as it is.
{{ config(
    materialized='incremental',
    incremental_strategy='delete+insert' if target.type in ('duckdb', 'postgres') else 'merge',
    unique_key=['profile_id', 'trait', 'valid_from'],
    on_schema_change='append_new_columns'
) }}
with

people as (
    select *
    from {{ ref('profiles') }}
    where not is_anonymous
),

-- When a golden attribute was first met, its value held since it was observed.
observed as (
    select
        profile_id,
        field as trait,
        observed_at
    from {{ ref('golden_attributes') }}
    where observed_at <= {{ as_of() }}
),

traits as (
    {%- for trait in tracked_traits() %}
    select
        profile_id,
        '{{ trait }}' as trait,
        cast({{ trait }} as {{ dbt.type_string() }}) as value
    from people
    {{ 'union all' if not loop.last }}
    {%- else %}
    select
        profile_id,
        cast(null as {{ dbt.type_string() }}) as trait,
        cast(null as {{ dbt.type_string() }}) as value
    from people
    where 1 = 0
    {%- endfor %}
),

{% if is_incremental() -%}
last_run as (
    select max(coalesce(valid_to, valid_from)) as changed_at
    from {{ this }}
),

latest as (
    select
        profile_id,
        trait,
        value,
        valid_from
    from {{ this }}
    where valid_to is null
),

known as (
    select distinct
        profile_id,
        trait
    from {{ this }}
),
{%- else -%}
last_run as (
    select cast(null as timestamp) as changed_at
),

latest as (
    select
        cast(null as {{ dbt.type_string() }}) as profile_id,
        cast(null as {{ dbt.type_string() }}) as trait,
        cast(null as {{ dbt.type_string() }}) as value,
        cast(null as timestamp) as valid_from
    from people
    where 1 = 0
),

known as (
    select
        profile_id,
        trait
    from latest
),
{%- endif %}

changed as (
    select
        coalesce(traits.profile_id, latest.profile_id) as profile_id,
        coalesce(traits.trait, latest.trait) as trait,
        traits.value,
        traits.profile_id is not null as is_present,
        latest.value as old_value,
        latest.valid_from as old_valid_from,
        known.profile_id is not null as is_known
    from traits
    full outer join latest on traits.profile_id = latest.profile_id and traits.trait = latest.trait
    left join known on traits.profile_id = known.profile_id and traits.trait = known.trait
    cross join last_run
    where
        (last_run.changed_at is null or last_run.changed_at <= {{ as_of() }})
        and case
            when latest.profile_id is null then traits.value is not null
            when traits.profile_id is null then true
            else coalesce(traits.value, '') <> coalesce(latest.value, '')
        end
)

-- The period that ends.
select
    profile_id,
    trait,
    old_value as value,
    old_valid_from as valid_from,
    {{ as_of() }} as valid_to
from changed
where old_valid_from is not null and (old_valid_from < {{ as_of() }} or not is_present)

union all

-- The period that begins.
select
    changed.profile_id,
    changed.trait,
    changed.value,
    case when changed.is_known then {{ as_of() }} else coalesce(observed.observed_at, {{ as_of() }}) end as valid_from,
    cast(null as timestamp) as valid_to
from changed
left join observed on changed.profile_id = observed.profile_id and changed.trait = observed.trait
where changed.is_present
