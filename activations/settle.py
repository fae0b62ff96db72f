"""Writing down what happened: marks before a call, outcomes after it, one transaction per batch.

A mark (`activation_in_flight`) says that an operation was handed to a connector. A run that is killed leaves marks
without outcomes, and `recover` decides what they mean.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import pyarrow as pa

from activations.contract import Operation
from activations.ledger import SCHEMA
from activations.outcomes import Accepted, Delivered, Outcome, Rejected, Skipped, Unknown
from activations.sync_file import Retry
from activations.syncs import OpenSync
from heddle.warehouse import Warehouse, literal

IN_FLIGHT, LOG = f"{SCHEMA}.activation_in_flight", f"{SCHEMA}.activation_log"
LEDGER, PLAN = f"{SCHEMA}.activation_ledger", f"{SCHEMA}.activation_plan"
MESSAGES = f"{SCHEMA}.message_ledger"
_LONGEST_WAIT = timedelta(days=7)
_TEXT, _NUMBER = pa.string(), pa.int64()
_MARK_COLUMNS = (("plan_id", _TEXT), ("sync", _TEXT), ("op_id", _NUMBER), ("message_id", _TEXT))
_MARK_SCHEMA = pa.schema([pa.field(name, kind) for name, kind in _MARK_COLUMNS])
_TEXTS = ("action", "key_hash", "profile_id", "member_key", "status", "code", "message", "receipt")
_LOG_SCHEMA = pa.schema(
    [
        *(pa.field(name, kind) for name, kind in _MARK_COLUMNS),
        *(pa.field(name, _TEXT) for name in _TEXTS),
        pa.field("retryable", pa.bool_()),
        pa.field("attempt", _NUMBER),
        pa.field("at", pa.timestamp("us")),
    ]
)


@dataclass(frozen=True)
class Pending:
    """An operation of the plan without an outcome; `operation` is None where the row cannot be sent at all."""

    op_id: int
    action: str
    key_hash: str
    profile_id: str | None
    member_key: str | None
    attempt: int
    cycle: str
    message_id: str | None
    operation: Operation | None
    size: int = 0


class Settlement:
    """Marks and outcomes of one plan."""

    def __init__(self, wh: Warehouse, opened: OpenSync, plan_id: str, as_of: datetime) -> None:
        self._wh, self._opened, self._plan_id, self._as_of = wh, opened, plan_id, as_of

    @property
    def _sync(self) -> str:
        return self._opened.sync.sync

    def mark(self, rows: Sequence[Pending]) -> None:
        """Before the call: these may be about to leave."""
        marks = [
            {"plan_id": self._plan_id, "sync": self._sync, "op_id": row.op_id, "message_id": row.message_id}
            for row in rows
        ]
        with self._wh.transaction():
            self._wh.append(IN_FLIGHT, pa.Table.from_pylist(marks, schema=_MARK_SCHEMA))
            if self._opened.spec.kind == "message":
                self._queue(rows)

    def unmark(self) -> None:
        """Nothing of what is marked left, or repeating it does no harm."""
        with self._wh.transaction():
            self._wh.execute(
                f"delete from {MESSAGES} where plan_id = ? and status = 'queued' "
                f"and message_id in (select message_id from {IN_FLIGHT} where plan_id = ?)",
                [self._plan_id, self._plan_id],
            )
            self._wh.execute(f"delete from {IN_FLIGHT} where plan_id = ?", [self._plan_id])

    def settle(self, rows: Sequence[Pending], outcomes: Mapping[int, Outcome]) -> None:
        """After the call: the outcomes of `rows` (all of them marked) into log and ledgers, all or nothing."""
        settled = [row for row in rows if row.op_id in outcomes]
        if not settled:
            return
        log = [self._logged(row, outcomes[row.op_id]) for row in settled]
        with self._wh.transaction():
            self._wh.append(LOG, pa.Table.from_pylist(log, schema=_LOG_SCHEMA))
            self._wh.execute(_merge_ledger(self._plan_id, self._as_of, self._opened))
            if self._opened.spec.kind == "message":
                self._wh.execute(_MESSAGES_SETTLED, [self._as_of, self._plan_id])
            self._wh.execute(
                f"delete from {IN_FLIGHT} where plan_id = ? and op_id in (select op_id from {LOG} where plan_id = ?)",
                [self._plan_id, self._plan_id],
            )

    def _queue(self, rows: Sequence[Pending]) -> None:
        channel = self._opened.sync.channel or self._opened.spec.channel or "none"
        queued = [
            {
                "message_id": row.message_id,
                "sync": self._sync,
                "profile_id": row.profile_id,
                "member_key": row.member_key,
                "cycle": row.cycle,
                "step": 1,
                "channel": channel,
                "purpose": self._opened.sync.purpose,
                "status": "queued",
                "plan_id": self._plan_id,
                "queued_at": self._as_of,
            }
            for row in rows
            if row.message_id
        ]
        again = ", ".join(literal(str(row["message_id"])) for row in queued) or "''"
        self._wh.execute(f"delete from {MESSAGES} where sync = ? and message_id in ({again})", [self._sync])
        if queued:
            self._wh.append(MESSAGES, pa.Table.from_pylist(queued))

    def _logged(self, row: Pending, outcome: Outcome) -> dict[str, object]:
        status, code, message, retryable, receipt = _parts(outcome)
        return {
            "plan_id": self._plan_id,
            "sync": self._sync,
            "op_id": row.op_id,
            "action": row.action,
            "key_hash": row.key_hash,
            "profile_id": row.profile_id,
            "member_key": row.member_key,
            "status": status,
            "code": code,
            "message": message,
            "retryable": retryable,
            "attempt": row.attempt,
            "at": self._as_of,
            "message_id": row.message_id,
            "receipt": receipt,
        }


def recover(wh: Warehouse, opened: OpenSync, resuming: str | None) -> int:
    """Decides about the marks that a killed run left; the number of operations that became unknown.

    Where repeating does no harm, the operations of the plan that is being resumed go out again, and those of a plan
    that is not become rows that the destination may hold. Elsewhere they become unknown, and a person decides.
    """
    name = opened.sync.sync
    if opened.spec.idempotent and resuming:
        wh.execute(f"delete from {IN_FLIGHT} where sync = ? and plan_id = ?", [name, resuming])
    plans = wh.query(
        f"select f.plan_id, max(r.as_of) as as_of, count(*) as n from {IN_FLIGHT} as f "
        f"inner join {SCHEMA}.activation_runs as r on r.plan_id = f.plan_id where f.sync = ? group by 1",
        [name],
    ).to_pylist()
    for plan in plans:
        rows = wh.query(
            f"select p.op_id, p.action, p.key_hash, p.profile_id, p.member_key, f.message_id from {IN_FLIGHT} as f "
            f"inner join {PLAN} as p on p.plan_id = f.plan_id and p.op_id = f.op_id where f.plan_id = ?",
            [plan["plan_id"]],
        ).to_pylist()
        pending = [Pending(**row, attempt=1, cycle="", operation=None) for row in rows]
        lost = Unknown("the run was stopped while this was being sent")
        Settlement(wh, opened, plan["plan_id"], plan["as_of"]).settle(pending, {row.op_id: lost for row in pending})
    return 0 if opened.spec.idempotent else sum(plan["n"] for plan in plans)


def _parts(outcome: Outcome) -> tuple[str, str | None, str | None, bool | None, str | None]:
    match outcome:
        case Delivered():
            return "delivered", None, None, None, None
        case Accepted(receipt):
            return "accepted", None, None, None, receipt
        case Rejected(code, message, retryable):
            return "rejected", code, message, retryable, None
        case Unknown(reason):
            return "unknown", "unknown", reason, None, None
        case Skipped(reason):
            return "skipped", reason, None, None, None


def _merge_ledger(plan_id: str, as_of: datetime, opened: OpenSync) -> str:
    """What is marked and has an outcome, into the ledger."""
    now = f"timestamp '{as_of.isoformat(sep=' ')}'"
    held = "s.status in ('delivered', 'accepted') and s.action <> 'remove'"
    gone = "s.status in ('delivered', 'accepted', 'skipped') and s.action = 'remove'"
    maybe = "s.status = 'unknown'"
    again = "t.attempted_action = s.action and t.attempted_hash is not distinct from s.row_hash"
    failures = f"case when t.status = 'rejected' and {again} then t.attempts + 1 else 1 end"
    status = f"case when {gone} then 'removed' else s.status end"
    version = literal(opened.mapping.version)
    return f"""
merge into {LEDGER} as t
using (
    select p.*, g.status, g.code, g.message, g.retryable, g.receipt
    from {PLAN} as p
    inner join {LOG} as g on g.plan_id = p.plan_id and g.op_id = p.op_id
    inner join {IN_FLIGHT} as f on f.plan_id = p.plan_id and f.op_id = p.op_id
    where p.plan_id = {literal(plan_id)}
) as s
on t.sync = s.sync and t.key_hash = s.key_hash
when matched then update set
    held = case when {held} then true when {gone} then false when {maybe} then true else t.held end,
    row_hash = case when {held} then s.row_hash when {gone} or {maybe} then null else t.row_hash end,
    mapping_version = case when {held} then {version} else t.mapping_version end,
    payload = case when {gone} then null when ({held}) or ({maybe} and s.action <> 'remove') then s.removal
        else t.payload end,
    status = {status}, attempted_action = s.action, attempted_hash = s.row_hash,
    attempts = case when s.status = 'rejected' then {failures} else 0 end,
    retry_at = case when s.status = 'rejected' and s.retryable then {_retry_at(failures, as_of, opened.sync.retry)} end,
    code = s.code, message = s.message, receipt = s.receipt,
    acked_at = case when {held} or {gone} then {now} else t.acked_at end, updated_at = {now}
when not matched then insert (
    sync, key_hash, profile_id, member_key, held, row_hash, mapping_version, payload, status, attempted_action,
    attempted_hash, attempts, retry_at, code, message, receipt, acked_at, updated_at
) values (
    s.sync, s.key_hash, s.profile_id, s.member_key, ({held}) or {maybe}, case when {held} then s.row_hash end,
    case when {held} then {version} end, case when ({held}) or {maybe} then s.removal end, {status}, s.action,
    s.row_hash, case when s.status = 'rejected' then 1 else 0 end,
    case when s.status = 'rejected' and s.retryable then {_retry_at("1", as_of, opened.sync.retry)} end,
    s.code, s.message, s.receipt, case when {held} then {now} end, {now}
)"""


def _retry_at(failures: str, as_of: datetime, retry: Retry) -> str:
    """The instant of the next try by the number of failures; null from the cap on."""
    waits = (
        as_of + min(timedelta(seconds=retry.first_after * 2 ** (n - 1)), _LONGEST_WAIT)
        for n in range(1, retry.attempts)
    )
    cases = [f"when {n} then timestamp '{at.isoformat(sep=' ')}'" for n, at in enumerate(waits, 1)]
    return f"case {failures} {' '.join(cases)} end" if cases else "null"


_MESSAGES_SETTLED = f"""
update {MESSAGES} set
    status = case g.status when 'delivered' then 'sent' when 'accepted' then 'sent' when 'rejected' then 'failed'
        else g.status end,
    reason = coalesce(g.code || ': ' || g.message, g.code),
    sent_at = case when g.status in ('delivered', 'accepted') then cast(? as timestamp) end
from {LOG} as g inner join {IN_FLIGHT} as f on f.plan_id = g.plan_id and f.op_id = g.op_id
where g.plan_id = ? and {MESSAGES.split(".")[1]}.message_id = g.message_id"""
