-- One row per profile x address x channel x purpose.
select
    points.profile_id,
    consents.address,
    consents.channel,
    consents.purpose,
    consents.status,
    consents.occurred_at,
    consents.proof
from {{ ref('address_consents') }} as consents
join {{ ref('profile_contact_points') }} as points on consents.address = points.address
