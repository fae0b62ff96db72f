"""Writing down what happened: marks before a call, outcomes after it, and at the end the ledger.

A mark (`activation_in_flight`) says that an operation was handed to a connector; a run that is killed leaves marks
without outcomes (activations/recovery.py). The log is the truth and is written per batch; the ledger is folded from it
when the run ends, and folding the same log twice gives the same ledger.
"""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from operator import attrgetter
from typing import cast

import pyarrow as pa
import pyarrow.compute as pc

from activations.alike import Alike
from activations.delivered import note_delivered
from activations.fold import IN_FLIGHT, LOG, MESSAGES, PLAN, fold
from activations.ledger import SCHEMA
from activations.outcomes import Accepted, Delivered, Outcome, Rejected, Skipped, Unknown
from activations.refused_addresses import suppress_refused
from activations.syncs import OpenSync
from heddle.warehouse import Warehouse, literal

ROW_COLUMNS = ("op_id", "action", "key_hash", "profile_id", "member_key", "attempt", "message_id")
_OWN = "earlier is null"  # of the marks those of this run
_ids = attrgetter("ids")


class Settlement:
    """Marks and outcomes of one plan. Rows are Arrow tables with ROW_COLUMNS, in the order of op_id."""

    def __init__(self, wh: Warehouse, opened: OpenSync, plan_id: str, as_of: datetime, again: bool = False) -> None:
        self._wh, self._opened, self._plan_id, self._as_of = wh, opened, plan_id, as_of
        self._again = again

    def mark(self, rows: pa.Table, cycles: Sequence[str] = ()) -> None:
        """Before the call: these may be about to leave."""
        with self._wh.transaction():
            self._mark(rows)
            if self._opened.spec.kind == "message":
                self._queue(rows, cycles)

    def unmark(self, rows: pa.Table) -> None:
        """Nothing of what is still marked of these left, or repeating it does no harm."""
        span = _span(rows)
        with self._wh.transaction():
            self._wh.execute(
                f"delete from {MESSAGES} where plan_id = ? and status = 'queued' "
                f"and message_id in (select message_id from {IN_FLIGHT} where plan_id = ? and {span} and {_OWN})",
                [self._plan_id, self._plan_id],
            )
            self._forget_marks(rows)

    def doubt(self, rows: pa.Table) -> None:
        """The answer to a call with these was lost, and a later one refused some: see doubts.py."""
        kept = "plan_id, sync, op_id, message_id, last_op"
        self._wh.execute(
            f"insert into {IN_FLIGHT} ({kept}, earlier) select {kept}, true from {IN_FLIGHT} "
            f"where plan_id = ? and {_span(rows)} and {_OWN}",
            [self._plan_id],
        )

    def settle(self, rows: pa.Table, outcomes: Mapping[int, Outcome]) -> None:
        """After the call: the outcomes of `rows` (all of them marked) into the log, all or nothing."""
        if isinstance(outcomes, Alike) and outcomes.op_ids == _whole_span(rows) and outcomes.outcome == Delivered():
            self._settle_delivered(rows, outcomes.op_ids)
            return
        op_ids = cast("list[int]", rows.column("op_id").to_pylist())
        found = [outcomes[op_id] for op_id in op_ids if op_id in outcomes]
        if not found:
            return
        marked = rows
        settled = pa.array([op_id in outcomes for op_id in op_ids])
        left, rows = rows.filter(pc.invert(settled)), rows.filter(settled)
        with self._wh.transaction():
            self._wh.append(LOG, self._said(with_outcomes(rows, found, self._as_of)))
            kinds = set(map(type, found))
            if Rejected in kinds:
                sealed = f"select op_id, payload from {PLAN} where plan_id = {literal(self._plan_id)}"
                suppress_refused(self._wh, self._opened, rows, found, sealed, self._as_of)
            if Accepted in kinds and self._opened.spec.receipts:
                self._await(rows)
            self._forget_marks(marked)
            if len(left):  # of a mark for all of them
                self._mark(left)

    def _settle_delivered(self, rows: pa.Table, op_ids: range) -> None:
        with self._wh.transaction():
            note_delivered(self._wh, self._plan_id, self._opened.sync.sync, op_ids, self._as_of)
            self._forget_marks(rows)

    def _forget_marks(self, rows: pa.Table) -> None:
        self._wh.execute(f"delete from {IN_FLIGHT} where plan_id = ? and {_span(rows)} and {_OWN}", [self._plan_id])

    def _mark(self, rows: pa.Table) -> None:
        span = _whole_span(rows)
        one = pa.table({"op_id": [span[0]], "last_op": [span[-1]]}) if span else None
        marks = rows.select(["op_id", "message_id"]) if one is None else one
        self._wh.append(IN_FLIGHT, self._said(marks))

    def fold(self) -> None:
        """The log of this plan into the ledgers."""
        fold(self._wh, self._opened, self._plan_id, self._as_of)

    def _said(self, rows: pa.Table) -> pa.Table:
        size = len(rows)
        sync = self._opened.sync.sync
        return rows.append_column("plan_id", _constant(self._plan_id, size)).append_column(
            "sync", _constant(sync, size)
        )

    def _queue(self, rows: pa.Table, cycles: Sequence[str]) -> None:
        size = len(rows)
        named = rows.column("message_id").to_pylist()
        if self._again or pc.max(rows.column("attempt")).as_py() > 1:
            again = ", ".join(literal(str(name)) for name in named)
            self._wh.execute(
                f"delete from {MESSAGES} where sync = ? and message_id in ({again})", [self._opened.sync.sync]
            )
        constants = {
            "channel": self._opened.sync.channel or self._opened.spec.channel or "none",
            "purpose": self._opened.sync.purpose,
            "status": "queued",
        }
        queued = self._said(rows.select(["message_id", "profile_id", "member_key"]))
        queued = queued.append_column("cycle", pa.array(cycles, pa.string()))
        queued = queued.append_column("step", pa.repeat(pa.scalar(1, pa.int64()), size))
        queued = queued.append_column("queued_at", pa.repeat(pa.scalar(self._as_of, pa.timestamp("us")), size))
        for name, value in constants.items():
            queued = queued.append_column(name, _constant(value, size))
        self._wh.append(MESSAGES, queued)

    def _await(self, rows: pa.Table) -> None:
        """What was accepted waits for its receipt with all that settling it will need."""
        shared = (
            "sync, plan_id, action, receipt, op_id, key_hash, profile_id, member_key, row_hash, payload, removal, "
            "identifier, field_hashes, known_hashes, attempt"
        )
        chosen = ", ".join(f"{'g' if name == 'receipt' else 'p'}.{name}" for name in shared.split(", "))
        self._wh.execute(
            f"insert into {SCHEMA}.activation_receipt_rows ({shared}, ids, message_id) "
            f"select {chosen}, coalesce(g.ids, p.ids), g.message_id from {PLAN} as p "
            f"inner join {LOG} as g on g.plan_id = p.plan_id and g.op_id = p.op_id and g.status = 'accepted' "
            f"inner join {IN_FLIGHT} as f on f.plan_id = p.plan_id and f.{_OWN} "
            "and p.op_id between f.op_id and coalesce(f.last_op, f.op_id) "
            f"where p.plan_id = ? and p.{_span(rows)} and g.{_span(rows)}",
            [self._plan_id],
        )


def with_outcomes(rows: pa.Table, outcomes: Sequence[Outcome], at: datetime) -> pa.Table:
    """Rows of the log: `rows` with the outcome of each in columns."""
    size = len(rows)
    if set(map(type, outcomes)) == {Delivered} and not any(map(_ids, outcomes)):
        columns = [_constant("delivered", size), *(pa.nulls(size, pa.string()) for _ in range(4))]
        retryable = pa.nulls(size, pa.bool_())
    else:
        parts = [_parts(outcome) for outcome in outcomes]
        status, code, message, retry, receipt, ids = zip(*parts, strict=True)
        columns = [pa.array(values, pa.string()) for values in (status, code, message, receipt, ids)]
        retryable = pa.array(retry, pa.bool_())
    for name, column in zip(("status", "code", "message", "receipt", "ids"), columns, strict=True):
        rows = rows.append_column(name, column)
    rows = rows.append_column("retryable", retryable)
    return rows.append_column("at", pa.repeat(pa.scalar(at, pa.timestamp("us")), size))


def _parts(outcome: Outcome) -> tuple[str, str | None, str | None, bool | None, str | None, str | None]:
    match outcome:
        case Delivered(ids):
            return "delivered", None, None, None, None, json.dumps(dict(ids)) if ids else None
        case Accepted(receipt, ids):
            return "accepted", None, None, None, receipt, json.dumps(dict(ids)) if ids else None
        case Rejected(code, message, retryable):
            return "rejected", code, message, retryable, None, None
        case Unknown(reason):
            return "unknown", "unknown", reason, None, None, None
        case Skipped(reason):
            return "skipped", reason, None, None, None, None


def _constant(value: str, size: int) -> pa.StringArray:
    return pa.repeat(pa.scalar(value, pa.string()), size)


def _whole_span(rows: pa.Table) -> range | None:
    """The op_ids of `rows`, when none between them is another's and no row has a message of its own."""
    ids = rows.column("op_id")
    span = range(ids[0].as_py(), ids[-1].as_py() + 1)
    return span if len(span) == len(rows) == rows.column("message_id").null_count else None


def _span(rows: pa.Table) -> str:
    """The op_ids of `rows` as a range: blocks of the table outside it are not read."""
    ids = rows.column("op_id")
    return f"op_id between {pc.min(ids).as_py()} and {pc.max(ids).as_py()}"
