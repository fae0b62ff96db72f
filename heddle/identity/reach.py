"""May we write to this person, where, and what was said about it: reachability and consent side by side."""

from dataclasses import dataclass
from datetime import datetime

from heddle.identity.masking import Mask
from heddle.warehouse import Warehouse

_SQL = """
    with reach as (
        select channel, purpose, address, is_reachable, reason from profiles.profile_reachability where profile_id = ?
    ),
    consents as (
        select channel, purpose, address, status, occurred_at from profiles.profile_consents where profile_id = ?
    )
    select
        coalesce(reach.channel, consents.channel) as channel,
        coalesce(reach.purpose, consents.purpose) as purpose,
        coalesce(reach.address, consents.address) as address,
        reach.is_reachable, reach.reason, consents.status, consents.occurred_at
    from reach
    full outer join consents
        on reach.channel = consents.channel and reach.purpose = consents.purpose and reach.address = consents.address
    order by 1, 2, reach.is_reachable is null, 3
"""


@dataclass(frozen=True)
class Reach:
    """One channel and purpose. `is_reachable` is None for an address that is not the one to use; `consent` is the
    last word about the address, None when nothing was ever said."""

    channel: str
    purpose: str
    address: str
    is_reachable: bool | None
    reason: str | None
    consent: str | None
    since: datetime | None


def reach_of(wh: Warehouse, profile_id: str, mask: Mask) -> tuple[Reach, ...]:
    """One row per channel, purpose and address; empty where the warehouse has no such tables."""
    if not {"profile_reachability", "profile_consents"} <= set(wh.tables("profiles")):
        return ()
    rows = wh.query(_SQL, [profile_id, profile_id]).to_pylist()
    return tuple(
        Reach(
            row["channel"],
            row["purpose"],
            mask.value(row["address"]),
            row["is_reachable"],
            row["reason"],
            row["status"],
            row["occurred_at"],
        )
        for row in rows
    )
