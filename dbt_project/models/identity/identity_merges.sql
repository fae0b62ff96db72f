-- One row per pair of profile ids between which nodes moved, and per id that ended, as of the run that moved them.
-- It runs before identity_map replaces the map it compares with; a run that is repeated after being killed in between adds nothing.
-- depends_on: {{ ref('identity_components') }}
{{ config(
    materialized='incremental',
    incremental_strategy='append',
    on_schema_change='append_new_columns'
) }}
{%- set previous = previous_relation('identity_map') %}
with

moved as (
    {%- if previous %}
    select
        previous.profile_id as from_profile_id,
        assignments.profile_id as to_profile_id,
        count(*) as nodes
    from {{ previous }} as previous
    left join {{ ref('identity_components') }} as components on previous.node = components.node
    left join {{ ref('identity_assignments') }} as assignments on components.component = assignments.component
    where previous.profile_id <> assignments.profile_id or assignments.profile_id is null
    group by 1, 2
    {%- else %}
    select
        profile_id as from_profile_id,
        profile_id as to_profile_id,
        0 as nodes
    from {{ ref('identity_assignments') }}
    where 1 = 0
    {%- endif %}
),

ongoing as (
    select profile_id
    from {{ ref('identity_assignments') }}
),

begun as (
    select profile_id
    from {{ ref('identity_assignments') }}
    where is_new
),

changes as (
    select
        case
            when moved.to_profile_id is null then 'retire'
            when begun.profile_id is not null then 'split'
            when ongoing.profile_id is null then 'merge'
            else 'move'
        end as change,
        moved.from_profile_id,
        moved.to_profile_id,
        moved.nodes,
        {{ as_of() }} as happened_at
    from moved
    left join ongoing on moved.from_profile_id = ongoing.profile_id
    left join begun on moved.to_profile_id = begun.profile_id
    where moved.to_profile_id is not null or ongoing.profile_id is null
)

select
    changes.change,
    changes.from_profile_id,
    changes.to_profile_id,
    cast(changes.nodes as bigint) as nodes,
    case changes.change
        when 'merge' then 'an identifier in common'
        when 'split' then 'the links between them are withheld or gone'
        when 'move' then 'its links lead elsewhere now'
        else 'its records and identifiers are withheld or gone'
    end as reason,
    changes.happened_at
from changes
{%- if is_incremental() %}
where
    not exists (
        select 1
        from {{ this }} as logged
        where
            logged.change = changes.change
            and logged.from_profile_id = changes.from_profile_id
            and coalesce(logged.to_profile_id, '') = coalesce(changes.to_profile_id, '')
            -- A pair can change the same way twice only if something happened to one of them in between.
            and not exists (
                select 1
                from {{ this }} as later
                where
                    later.happened_at > logged.happened_at
                    and (
                        later.from_profile_id in (changes.from_profile_id, changes.to_profile_id)
                        or later.to_profile_id in (changes.from_profile_id, changes.to_profile_id)
                    )
            )
    )
{%- endif %}
