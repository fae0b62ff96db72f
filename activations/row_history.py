"""What happened to a person: every sync's state of their rows, and every attempt."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from activations.ledger import SCHEMA
from heddle.warehouse import Warehouse, literal


@dataclass(frozen=True)
class RowState:
    """One row of a sync now. `plan` is what the latest plan does with it, `why` its reason or a code."""

    sync: str
    member_key: str | None
    held: bool
    status: str | None
    plan: str | None
    why: str | None
    attempts: int
    retry_at: datetime | None
    acked_at: datetime | None
    profile_id: str


@dataclass(frozen=True)
class Attempt:
    """One line of the log, or a message's fate."""

    at: datetime
    sync: str
    member_key: str | None
    action: str
    status: str
    code: str | None
    message: str | None
    attempt: int
    receipt: str | None
    message_id: str | None
    profile_id: str


@dataclass(frozen=True)
class RowHistory:
    """Everything about the given profiles, newest attempt first."""

    profiles: tuple[str, ...]
    states: tuple[RowState, ...]
    attempts: tuple[Attempt, ...]


def row_history(wh: Warehouse, profile_ids: Sequence[str], sync: str | None = None, limit: int = 50) -> RowHistory:
    """`profile_ids` are the ids of one person, past ones included. No personal data is in it."""
    people = ", ".join(literal(one) for one in profile_ids) or "''"
    only = f" and sync = {literal(sync)}" if sync else ""
    states = wh.query(f"""
        select coalesce(l.sync, p.sync) as sync, coalesce(l.member_key, p.member_key) as member_key,
            coalesce(l.held, false) as held, l.status, p.action as plan, coalesce(p.reason, l.code) as why,
            coalesce(l.attempts, 0) as attempts, l.retry_at, l.acked_at,
            coalesce(l.profile_id, p.profile_id) as profile_id
        from (select * from {SCHEMA}.activation_ledger where profile_id in ({people}){only}) as l
        full outer join (select * from {SCHEMA}.activation_plan where profile_id in ({people}){only}) as p
            on p.sync = l.sync and p.key_hash = l.key_hash
        order by 1, 2""").to_pylist()
    attempts = wh.query(f"""
        select "at", sync, member_key, action, status, code, message, attempt, receipt, message_id, profile_id
        from {SCHEMA}.activation_outcomes where profile_id in ({people}){only}
        order by 1 desc, attempt desc, case when status = 'accepted' then 1 else 0 end limit {limit}""").to_pylist()
    return RowHistory(
        tuple(profile_ids), tuple(RowState(**row) for row in states), tuple(Attempt(**row) for row in attempts)
    )


def former_ids(wh: Warehouse, profile_id: str) -> list[str]:
    """The id and all ids that were merged into it, its own first."""
    if not wh.columns("identity.identity_merges"):
        return [profile_id]
    found = wh.query(
        "with recursive former (id) as (select cast(? as varchar) union select m.from_profile_id from former as f "
        "inner join identity.identity_merges as m on m.change = 'merge' and m.to_profile_id = f.id) "
        "select id from former",
        [profile_id],
    )
    return [profile_id, *(str(one) for one in found.column(0).to_pylist() if one != profile_id)]
