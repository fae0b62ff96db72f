-- One row per sync x key that the latest plan keeps back: refused for good or too often, with the reason and how often it was tried.
with

kept_back as (
    select
        sync,
        key_hash,
        profile_id,
        member_key,
        reason
    from {{ source('activations', 'activation_plan') }}
    where action = 'quarantined'
),

ledger as (
    select
        sync,
        key_hash,
        attempted_action,
        message,
        attempts,
        held,
        updated_at
    from {{ source('activations', 'activation_ledger') }}
)

select
    kept_back.sync,
    kept_back.key_hash,
    kept_back.profile_id,
    kept_back.member_key,
    ledger.attempted_action as action,
    kept_back.reason,
    ledger.message,
    ledger.attempts,
    ledger.held as destination_holds_older,
    ledger.updated_at as since
from kept_back
join ledger on kept_back.sync = ledger.sync and kept_back.key_hash = ledger.key_hash
