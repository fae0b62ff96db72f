-- One row per profile x channel x address.
with

seen as (
    select
        profile_id,
        identifier_type,
        case identifier_type when 'email' then 'email' when 'phone' then 'sms' else 'push' end as channel,
        identifier_value as address,
        source,
        first_seen,
        last_seen,
        {{ is_usable_address() }} as is_valid
    from {{ ref('identity_identifiers') }}
    where identifier_type in ('email', 'phone', 'push_token') and not is_record_withheld
),

addresses as (
    select
        profile_id,
        identifier_type,
        channel,
        address,
        source,
        is_valid,
        min(first_seen) over (partition by profile_id, channel, address) as first_seen_at,
        max(last_seen) over (partition by profile_id, channel, address) as last_seen_at,
        row_number() over (partition by profile_id, channel, address order by last_seen desc nulls last, source) as place
    from seen
)

select
    addresses.profile_id,
    addresses.channel,
    addresses.address,
    addresses.is_valid,
    addresses.first_seen_at,
    addresses.last_seen_at,
    addresses.source,
    coalesce(golden.value = addresses.address, false) as is_primary
from addresses
left join {{ ref('golden_attributes') }} as golden
    on addresses.profile_id = golden.profile_id and addresses.identifier_type = golden.field
where addresses.place = 1
