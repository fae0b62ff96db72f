{{ config(materialized='incremental', incremental_strategy='append', on_schema_change='fail') }}

{# New spellings only: a number once looked at is never looked at again. `dbt run --full-refresh -s phone_numbers` starts over. #}
{% set models = phone_models() -%}

with typed as (
    {%- for model in models %}
    select phone_text, phone_region as region from {{ ref(model) }}
        {%- if not loop.last %}
    union all
        {%- endif -%}
    {%- else %}
    select cast(null as {{ dbt.type_string() }}) as phone_text, cast(null as {{ dbt.type_string() }}) as region where 1 = 0
    {%- endfor %}
),

new_spellings as (
    select distinct phone_text, region
    from typed
    where phone_text is not null
    {%- if is_incremental() %}
        and not exists (
            select 1
            from {{ this }} as known
            where known.phone_text = typed.phone_text and known.region is not distinct from typed.region
        )
    {%- endif %}
),

looked_up as (
    select phone_text, region, {{ phone_e164('phone_text', 'region') }} as e164
    from new_spellings
)

select phone_text, region, e164, e164 is not null as is_valid
from looked_up
