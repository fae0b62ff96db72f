"""The rows of a state, of one sync or of all: what is kept back, what waits, what a person has to decide."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal, get_args

from activations.ledger import SCHEMA
from heddle.warehouse import Warehouse

State = Literal["unknown", "waiting", "quarantined", "pending", "invalid", "suppressed"]
STATES: tuple[str, ...] = get_args(State)


@dataclass(frozen=True)
class StateRow:
    """One row. `key` is what `heddle sync decide` takes, `since` the instant of the last attempt."""

    sync: str
    key: str | None
    profile_id: str | None
    member_key: str | None
    why: str | None
    message: str | None
    failures: int
    retry_at: datetime | None
    since: datetime | None
    message_id: str | None


def rows_in_state(wh: Warehouse, state: str, sync: str | None = None, limit: int = 50) -> tuple[list[StateRow], int]:
    """The first rows by sync and profile, and how many there are. Unknown ones are in the ledger, whatever the latest
    plan says of them; the others are what it left out. No personal data is in it."""
    if "activation_plan" not in wh.tables(SCHEMA):
        return [], 0
    source = _UNKNOWN if state == "unknown" else _PLANNED
    given = [*([] if state == "unknown" else [state]), *([sync] if sync else [])]
    only = " and x.sync = ?" if sync else ""
    total = int(str(wh.scalar(f"select count(*) from ({source}{only}) as c", given)))
    rows = wh.query(f"{source}{only} order by 1, 3, 2 limit {limit}", given).to_pylist()
    return [StateRow(**row) for row in rows], total


_UNKNOWN = f"""
select x.sync, x.key_hash as key, x.profile_id, x.member_key, x.code as why, x.message, x.attempts as failures,
    x.retry_at, x.updated_at as since, g.message_id
from {SCHEMA}.activation_ledger as x
left join (
    select sync, key_hash, max(message_id) as message_id from {SCHEMA}.activation_log
    where status = 'unknown' group by 1, 2
) as g on g.sync = x.sync and g.key_hash = x.key_hash
where x.status = 'unknown'"""
_PLANNED = f"""
select x.sync, x.key_hash as key, x.profile_id, x.member_key, x.reason as why, l.message,
    coalesce(l.attempts, 0) as failures, l.retry_at, l.updated_at as since, cast(null as varchar) as message_id
from {SCHEMA}.activation_plan as x
left join {SCHEMA}.activation_ledger as l on l.sync = x.sync and l.key_hash = x.key_hash
where x.action = ?"""
