-- One row per profile x field: the value that survives by the seed golden_rules, with its source and time.
with

observed as (
    {{ feed('attributes') }}
),

-- Addresses come with the identifiers: there a junk address is known to be junk.
candidates as (
    select
        records.profile_id,
        observed.field,
        observed.value,
        observed.source,
        observed.observed_at
    from observed
    join {{ ref('identity_records') }} as records on observed.source = records.source and observed.record_id = records.record_id
    where
        observed.value is not null
        and observed.field not in ('email', 'phone')
        and (observed.observed_at <= {{ as_of() }} or observed.observed_at is null)

    union all

    select
        profile_id,
        identifier_type as field,
        identifier_value as value,
        source,
        last_seen as observed_at
    from {{ ref('identity_identifiers') }}
    where identifier_type in ('email', 'phone') and not is_record_withheld and {{ is_usable_address() }}
),

ranked as (
    select
        candidates.profile_id,
        candidates.field,
        candidates.value,
        candidates.source,
        candidates.observed_at,
        row_number() over (
            partition by candidates.profile_id, candidates.field
            order by
                {{ source_rank('rules.sources', 'candidates.source') }},
                case when rules.strategy = 'max' then candidates.value end desc nulls last,
                candidates.observed_at desc nulls last,
                candidates.source,
                candidates.value
        ) as place
    from candidates
    left join {{ ref('golden_rules') }} as rules on candidates.field = rules.field
)

select
    profile_id,
    field,
    value,
    source,
    observed_at
from ranked
where place = 1
