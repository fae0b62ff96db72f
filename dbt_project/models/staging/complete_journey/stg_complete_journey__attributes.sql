{# The questionnaire has no date: its answers hold from the start of the study. #}
with answers as (
    {{ newest(source('complete_journey', 'demographics'), 'household_id', '_loaded_at') }}
),

dated as (
    select
        *,
        'u:' || household_id as record_id,
        {{ timestamp_literal('2017-01-01 00:00:00') }} as observed_at
    from answers
)

{{ attributes_from('dated', 'complete_journey', {
    'age_group': 'age', 'income_group': 'income', 'home_ownership': 'home_ownership', 'marital_status': 'marital_status',
    'household_size': 'household_size', 'household_composition': 'household_comp', 'kids_count': 'kids_count',
}) }}
