-- No profile without a map, no map without a profile.
with

mapped as (
    select profile_id
    from {{ ref('identity_map') }}
    group by 1
)

select coalesce(profiles.profile_id, mapped.profile_id) as profile_id
from {{ ref('profiles') }} as profiles
full outer join mapped on profiles.profile_id = mapped.profile_id
where profiles.profile_id is null or mapped.profile_id is null
