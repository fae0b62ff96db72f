-- One row per pair of profile ids between which this run moves nodes, and per id that ends, with what caused it. identity_map writes
-- them to identity_merges in the transaction that moves the nodes, so that the log and the map are of one run or of none.
-- depends_on: {{ ref('identity_edges') }} {{ ref('identity_withheld') }} {{ ref('identity_components') }} {{ ref('identity_anchors') }}
{%- set run = identity_run() %}
with

candidates as (
    select
        candidates.node,
        candidates.cluster,
        candidates.nodes,
        candidates.old_profile_id,
        assignments.profile_id as new_profile_id,
        coalesce(assignments.is_new, false) as is_begun
    from {{ ref('identity_candidates') }} as candidates
    left join {{ ref('identity_assignments') }} as assignments on candidates.cluster = assignments.cluster
),

moved as (
    select
        old_profile_id as from_profile_id,
        new_profile_id as to_profile_id,
        is_begun,
        sum(nodes) as nodes
    from candidates
    where old_profile_id is not null and (new_profile_id is null or new_profile_id <> old_profile_id)
    group by 1, 2, 3
),

-- An id that lost nodes is carried by a candidate's cluster, or by none.
ongoing as (
    select distinct new_profile_id as profile_id
    from candidates
    where new_profile_id in (select moved.from_profile_id from moved)
),

named as (
    select
        moved.from_profile_id,
        moved.to_profile_id,
        moved.nodes,
        ongoing.profile_id is not null as is_ongoing,
        moved.is_begun
    from moved
    left join ongoing on moved.from_profile_id = ongoing.profile_id
    where moved.to_profile_id is not null or ongoing.profile_id is null
),

moves as (
    select
        case
            when named.to_profile_id is null then 'retire'
            when named.is_begun then 'split'
            when named.is_ongoing then 'move'
            else 'merge'
        end as change,
        named.from_profile_id,
        named.to_profile_id,
        named.nodes
    from named
    -- an id whose other nodes went on is not retired because some of them belong to nobody now
    where
        named.to_profile_id is not null
        or not exists (
            select 1 from moved as elsewhere
            where elsewhere.from_profile_id = named.from_profile_id and elsewhere.to_profile_id is not null
        )
),

-- Edges that may have joined two profiles: those that are new in an incremental run, all of them in a full one.
joining as (
    {%- if run.is_delta %}
    {{ identity_pending_edges(run) }}
    {%- else %}
    select
        left_node,
        right_node,
        rule,
        source
    from {{ ref('identity_edges') }}
    {%- endif %}
),

sides as (
    {{ identity_sides(run, 'candidates', 'joining') }}
),

causes as (
    {{ identity_causes('joining', 'candidates', 'sides', 'moves') }}
),

first_causes as (
    select
        from_profile_id,
        to_profile_id,
        cause,
        left_node,
        right_node,
        reason
    from (
        select
            causes.*,
            row_number() over (
                partition by from_profile_id, to_profile_id
                order by strength, left_node nulls last, right_node nulls last, reason
            ) as place
        from causes
    ) as ranked
    where place = 1
)

select
    cast({{ run.seq }} as bigint) as run_seq,
    moves.change,
    moves.from_profile_id,
    moves.to_profile_id,
    cast(moves.nodes as bigint) as nodes,
    coalesce(first_causes.cause, 'source') as cause,
    first_causes.left_node as cause_left_node,
    first_causes.right_node as cause_right_node,
    coalesce(first_causes.reason, 'the sources link them differently now') as reason,
    {{ as_of() }} as happened_at
from moves
left join first_causes
    on moves.from_profile_id = first_causes.from_profile_id
    and coalesce(moves.to_profile_id, '') = coalesce(first_causes.to_profile_id, '')
