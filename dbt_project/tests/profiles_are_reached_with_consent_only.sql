-- Nobody is reachable at an address whose latest word is not a granted consent for the channel and purpose.
select
    reach.profile_id,
    reach.channel,
    reach.purpose
from {{ ref('profile_reachability') }} as reach
left join {{ ref('profile_consents') }} as consents
    on
        reach.profile_id = consents.profile_id
        and reach.address = consents.address
        and reach.channel = consents.channel
        and reach.purpose = consents.purpose
where reach.is_reachable and coalesce(consents.status, '') <> 'granted'
