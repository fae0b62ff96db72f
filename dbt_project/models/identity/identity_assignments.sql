-- One row per cluster: the profile_id it carries. An id follows the cluster that holds most of its nodes; a cluster keeps the oldest id
-- that it won; the others get `p` and the number of the cluster. Without a past this is the number of the cluster for all.
-- depends_on: {{ ref('identity_clusters') }}
{{ config(**identity_state_config('cluster')) }}
{%- set run = identity_run() %}
{%- set previous = previous_relation('identity_assignments') %}
with

clusters as (
    select
        cluster,
        sum(nodes) as nodes,
        sum(identifiers) as identifiers,
        sum(known_people) as known_people
    from {{ ref('identity_candidates') }}
    where cluster is not null
    group by 1
),

overlap as (
    select
        old_profile_id as profile_id,
        cluster,
        sum(nodes) as nodes,
        max(old_born_at) as born_at
    from {{ ref('identity_candidates') }}
    where old_profile_id is not null and cluster is not null
    group by 1, 2
),

homes as (
    select
        profile_id,
        cluster,
        nodes,
        born_at
    from (
        select
            profile_id,
            cluster,
            nodes,
            born_at,
            row_number() over (partition by profile_id order by nodes desc, cluster) as place
        from overlap
    ) as ranked
    where place = 1
),

kept as (
    select
        profile_id,
        cluster,
        coalesce(born_at, {{ as_of() }}) as born_at
    from (
        select
            profile_id,
            cluster,
            born_at,
            row_number() over (
                partition by cluster
                order by coalesce(born_at, {{ as_of() }}), nodes desc, profile_id
            ) as place
        from homes
    ) as ranked
    where place = 1
),

named as (
    select
        clusters.cluster,
        clusters.nodes,
        clusters.identifiers,
        clusters.known_people,
        kept.profile_id as kept_id,
        'p' || cast(clusters.cluster as {{ dbt.type_string() }}) as own_id,
        kept.born_at
    from clusters
    left join kept on clusters.cluster = kept.cluster
),

-- The number of a cluster is taken when another cluster left with the id that this number once made.
taken as (
    select profile_id
    from kept
    where profile_id in (select named.own_id from named where named.kept_id is null)
    {%- if run.is_delta and previous %}

    union

    select standing.profile_id
    from (
        select
            profile_id,
            cluster
        from {{ previous }}
        where profile_id in (select named.own_id from named where named.kept_id is null)
    ) as standing
    left join overlap on standing.profile_id = overlap.profile_id
    left join clusters on standing.cluster = clusters.cluster
    where overlap.profile_id is null and clusters.cluster is null
    {%- endif %}
)

select
    named.cluster,
    case
        when named.kept_id is not null then named.kept_id
        when taken.profile_id is null then named.own_id
        else 'p' || cast({{ id_hash("'again:' || named.own_id") }} as {{ dbt.type_string() }})
    end as profile_id,
    coalesce(named.born_at, {{ as_of() }}) as born_at,
    cast(named.nodes as bigint) as nodes,
    cast(named.identifiers as bigint) as identifiers,
    named.known_people = 0 as is_anonymous,
    named.kept_id is null as is_new,
    cast({{ run.seq }} as bigint) as seq,
    cast(named.known_people as bigint) as known_people
    {%- if run.is_delta %},
    false as is_gone
    {%- endif %}
from named
left join taken on named.own_id = taken.profile_id
{%- if run.is_delta %}

union all

-- A cluster of which this run left nothing; and one that a run made that was killed, and that is not there any more.
select
    known.cluster,
    known.profile_id,
    known.born_at,
    known.nodes,
    known.identifiers,
    known.is_anonymous,
    known.is_new,
    known.seq,
    known.known_people,
    true as is_gone
from {{ this }} as known
left join clusters on known.cluster = clusters.cluster
where
    clusters.cluster is null
    and (
        known.cluster in (select candidates.old_cluster from {{ ref('identity_candidates') }} as candidates where candidates.old_cluster is not null)
        {%- if run.seq > run.done + 1 %}
        or (
            known.seq > {{ run.done }}
            and not exists (select 1 from {{ ref('identity_clusters') }} as alive where alive.cluster = known.cluster)
        )
        {%- endif %}
    )
{%- endif %}
