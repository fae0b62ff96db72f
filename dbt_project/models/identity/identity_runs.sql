-- One row per complete run of this stage, kept for good: what it was, what it changed, and how the graph looked afterwards.
-- depends_on: {{ ref('identity_applied') }}
{{ config(materialized='incremental', full_refresh=false, on_schema_change='append_new_columns') }}
with

profiles as (
    select
        count(*) as profiles,
        coalesce(max(nodes), 0) as largest_profile,
        cast(coalesce(sum(case when is_anonymous then 1 else 0 end), 0) as bigint) as anonymous_profiles
    from {{ ref('identity_assignments') }}
),

moves as (
    select
        cast(coalesce(sum(case when change = 'merge' then 1 else 0 end), 0) as bigint) as merges,  -- noqa: PRS
        cast(coalesce(sum(case when change = 'split' then 1 else 0 end), 0) as bigint) as splits,
        cast(coalesce(sum(case when change = 'retire' then 1 else 0 end), 0) as bigint) as retired
    from {{ ref('identity_moves') }}
)

select
    run.seq,
    run.mode,
    run.definitions,
    run.as_of,
    (select count(*) from {{ ref('identity_links') }}) as links,
    (select count(*) from {{ ref('identity_nodes') }}) as nodes,
    (select count(*) from {{ ref('identity_links') }} as links where links.seq > run.done) as new_links,
    moves.merges,
    moves.splits,
    moves.retired,
    profiles.profiles,
    profiles.largest_profile,
    profiles.anonymous_profiles,
    (select count(*) from {{ ref('identity_quarantine') }}) as quarantined
from {{ ref('identity_run') }} as run
cross join profiles
cross join moves
