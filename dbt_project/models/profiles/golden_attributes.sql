-- One row per profile x field: the value that survives by the seed golden_rules, with its source and time.
{%- set used = golden_strategies() %}
with

observed as (
    {{ feed('attributes') }}
),

rules as (
    select
        field,
        strategy,
        sources,
        coalesce(value_type, 'text') as value_type
    from {{ ref('golden_rules') }}
),

listed as (
    select
        field,
        sources,
        {{ split_to_rows('sources', '>') }} as source
    from rules
    where strategy = 'source_priority' and sources is not null
),

-- Worked out once per field and source: among the keys of the sort the search in the list would cost a fifth of it.
places as (
    select
        field,
        source,
        min({{ dbt.position("'>' || source || '>'", "'>' || sources || '>'") }}) as place
    from listed
    group by 1, 2
),

verified as (
    select address
    from {{ ref('verified_addresses') }}
    where {{ is_asked_for('verified_first', used) }}
),

-- What a record says of its owner is as good as its address: verified when one of its addresses is.
verified_records as (
    select distinct
        identifiers.source,
        identifiers.record_id
    from {{ ref('identity_identifiers') }} as identifiers
    join verified on identifiers.identifier_value = verified.address
    where identifiers.identifier_type in ('email', 'phone')
),

-- Addresses come with the identifiers: there a junk address is known to be junk.
candidates as (
    select
        records.profile_id,
        observed.field,
        observed.value,
        observed.source,
        observed.observed_at,
        verified_records.record_id is not null as is_verified
    from observed
    join {{ ref('identity_records') }} as records on observed.source = records.source and observed.record_id = records.record_id
    left join verified_records on observed.source = verified_records.source and observed.record_id = verified_records.record_id
    where
        observed.value is not null
        and observed.field not in ('email', 'phone')
        and (observed.observed_at <= {{ as_of() }} or observed.observed_at is null)

    union all

    select
        identifiers.profile_id,
        identifiers.identifier_type as field,
        identifiers.identifier_value as value,
        identifiers.source,
        case when identifiers.last_seen > {{ as_of() }} then {{ as_of() }} else identifiers.last_seen end as observed_at,
        verified.address is not null as is_verified
    from {{ ref('identity_identifiers') }} as identifiers
    left join verified on identifiers.identifier_value = verified.address
    where
        identifiers.identifier_type in ('email', 'phone')
        and not identifiers.is_record_withheld
        and {{ is_usable_address() }}
        and (identifiers.first_seen <= {{ as_of() }} or identifiers.first_seen is null)
),

counted as (
    select
        candidates.profile_id,
        candidates.field,
        candidates.value,
        count(*) as observations
    from candidates
    join rules on candidates.field = rules.field
    where rules.strategy = 'most_frequent' and {{ is_asked_for('most_frequent', used) }}
    group by 1, 2, 3
),

distinct_values as (
    select distinct
        candidates.profile_id,
        candidates.field,
        candidates.value,
        {{ typed_value('candidates.value', 'rules.value_type') }} as sort_key
    from candidates
    join rules on candidates.field = rules.field
    where rules.strategy = 'collect' and {{ is_asked_for('collect', used) }}
),

collected as (
    select
        profile_id,
        field,
        {{ json_array_text('value', 'sort_key') }} as value
    from distinct_values
    group by 1, 2
),

weighed as (
    select
        candidates.profile_id,
        candidates.field,
        candidates.value,
        candidates.source,
        candidates.observed_at,
        candidates.is_verified,
        rules.strategy,
        rules.value_type,
        places.place,
        counted.observations
    from candidates
    left join rules on candidates.field = rules.field
    left join places on candidates.field = places.field and candidates.source = places.source
    left join counted
        on candidates.profile_id = counted.profile_id and candidates.field = counted.field and candidates.value = counted.value
),

scored as (
    select
        profile_id,
        field,
        value,
        source,
        observed_at,
        strategy,
        value_type,
        {{ golden_score(used) }} as score
    from weighed
),

ranked as (
    select
        profile_id,
        field,
        value,
        source,
        observed_at,
        row_number() over (
            partition by profile_id, field
            order by
                score desc nulls last,
                {{ golden_order(used) }}
        ) as place
    from scored
)

select
    ranked.profile_id,
    ranked.field,
    coalesce(collected.value, ranked.value) as value,
    ranked.source,
    ranked.observed_at
from ranked
left join collected on ranked.profile_id = collected.profile_id and ranked.field = collected.field
where ranked.place = 1
