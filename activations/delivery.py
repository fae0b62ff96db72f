"""Delivering a sealed plan: pages of operations, batches within a destination's limits, outcomes per batch."""

import json
import traceback
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from pathlib import Path

from activations.contract import Batch, Operation, Target
from activations.ledger import SCHEMA, count_rows
from activations.outcomes import Outcome, Rejected
from activations.pacing import TokenBucket
from activations.patience import Patience, Sent, send_patiently
from activations.plan import planned_row
from activations.plan_sql import LEFT
from activations.settle import Pending, Settlement
from activations.syncs import OpenSync
from activations.templates import MissingVariable
from heddle.errors import RejectRecord, StopSync, SyncError
from heddle.warehouse import Warehouse

Progress = Callable[[int, int], None]
_REHEARSED = 1_000
_UNSENT = f"""
select p.op_id, p.action, p.key_hash, p.profile_id, p.member_key, cast(p.payload as varchar) as payload,
    case when l.status = 'rejected' and l.attempted_hash is not distinct from p.row_hash then l.attempts else 0 end + 1
        as attempt
from {SCHEMA}.activation_plan as p
left join {SCHEMA}.activation_log as g on g.plan_id = p.plan_id and g.op_id = p.op_id
left join {SCHEMA}.activation_ledger as l on l.sync = p.sync and l.key_hash = p.key_hash
inner join {SCHEMA}.activation_runs as r on r.plan_id = p.plan_id
where p.plan_id = ? and p.action in ('add', 'change', 'remove') and g.op_id is null
    -- of a plan that its guard blocks only the removals of ended consents go out
    and (r.guard_reason is null or (p.action = 'remove' and p.reason <> '{LEFT}'))
order by p.op_id"""
_ROOT = Path(__file__).parent.parent


class Delivery:
    """One sealed plan on its way to one destination."""

    def __init__(
        self,
        wh: Warehouse,
        opened: OpenSync,
        plan_id: str,
        as_of: datetime,
        patience: Patience,
        progress: Progress | None,
    ) -> None:
        self._wh, self._opened, self._plan_id, self._as_of = wh, opened, plan_id, as_of
        self._patience, self._progress = patience, progress
        self._settlement = Settlement(wh, opened, plan_id, as_of)
        rate = opened.spec.limits.per_second
        self._admit = TokenBucket(rate).take if rate else lambda: None

    def run(self, held: int) -> None:
        """Sends what has no outcome yet. Raises StopSync when the destination cannot go on; what was settled stays."""
        target = self._opened.target(self._as_of, held)
        total = count_unsent(self._wh, self._plan_id)
        self._rehearse()
        done = 0
        for rows in self._batches():
            self._send(rows, target)
            done += len(rows)
            if self._progress:
                self._progress(done, total)

    def _rehearse(self) -> None:
        """A template that a row cannot fill is an error before the first send."""
        for number, _ in enumerate(self._pending()):
            if number >= _REHEARSED:
                return

    def _pending(self) -> Iterator[tuple[Pending, Outcome | None]]:
        for page in self._wh.stream(_UNSENT, [self._plan_id], 2_000):
            for row in page.to_pylist():
                yield self._prepare(row)

    def _prepare(self, row: Mapping[str, object]) -> tuple[Pending, Outcome | None]:
        mapping, connector = self._opened.mapping, self._opened.connector
        planned = planned_row(row)
        operation: Operation | None = None
        outcome: Outcome | None = None
        size = 0
        try:
            operation = mapping.operation(planned, connector, self._as_of)
            size = _size(operation)
            if size > self._opened.spec.limits.max_item_bytes:
                outcome = Rejected("too_large", f"over {self._opened.spec.limits.max_item_bytes} bytes")
        except RejectRecord as error:
            outcome = Rejected(error.what, "a value of this row cannot be sent")
        except MissingVariable as error:
            raise SyncError(error.what, error.where or self._opened.sync.where("fields"), error.hint) from None
        fixed = {name: row[name] for name in ("op_id", "action", "key_hash", "profile_id", "member_key", "attempt")}
        cycle = str(planned.payload.get("entered_at") or "")
        message_id = mapping.message_id(planned, connector)
        return Pending(**fixed, cycle=cycle, message_id=message_id, operation=operation, size=size), outcome  # type: ignore[arg-type]

    def _batches(self) -> Iterator[list[tuple[Pending, Outcome | None]]]:
        limits = self._opened.spec.limits
        rows: list[tuple[Pending, Outcome | None]] = []
        size = 0
        for row in self._pending():
            full = len(rows) >= limits.max_rows or size + row[0].size > limits.max_bytes
            if rows and (full or rows[0][0].action != row[0].action):
                yield rows
                rows, size = [], 0
            rows.append(row)
            size += row[0].size
        if rows:
            yield rows

    def _send(self, rows: list[tuple[Pending, Outcome | None]], target: Target) -> None:
        pending = [row for row, _ in rows]
        outcomes = {row.op_id: outcome for row, outcome in rows if outcome}
        operations = tuple(row.operation for row, outcome in rows if row.operation and not outcome)
        self._settlement.mark(pending)
        sent = self._call(Batch(target, operations)) if operations else Sent()
        self._settlement.settle(pending, outcomes | sent.outcomes)
        if sent.stop:
            if not (sent.uncertain and self._opened.spec.idempotent):
                self._settlement.unmark()
            raise StopSync(
                f"{self._opened.sync.sync}: {sent.stop.what}",
                sent.stop.where or self._opened.connection.where,
                sent.stop.hint,
            )

    def _call(self, batch: Batch) -> Sent:
        try:
            return send_patiently(self._opened.connector, batch, self._patience, self._admit)
        except Exception as error:
            # marks stay: nobody knows how far the connector came. Its text may quote a person's data.
            at = traceback.extract_tb(error.__traceback__)[-1]
            raise SyncError(
                f"{self._opened.sync.sync}: the connector failed with {type(error).__name__}",
                f"{_short(at.filename)}:{at.lineno}",
            ) from None


def count_unsent(wh: Warehouse, plan_id: str) -> int:
    """Operations of a plan that may go out and have no outcome yet."""
    return count_rows(wh, f"select count(*) from ({_UNSENT}) as u", [plan_id])


def outcome_counts(wh: Warehouse, plan_id: str) -> tuple[dict[str, int], dict[str, int]]:
    """Rows by status, and by `status: code` where there is a code."""
    found = wh.query(
        f"select status, code, count(*) as n from {SCHEMA}.activation_log where plan_id = ? "
        "group by 1, 2 order by 1, 2",
        [plan_id],
    )
    statuses: Counter[str] = Counter()
    reasons: dict[str, int] = {}
    for row in found.to_pylist():
        statuses[row["status"]] += row["n"]
        if row["code"]:
            reasons[f"{row['status']}: {row['code']}"] = row["n"]
    return dict(statuses), reasons


def _size(operation: Operation) -> int:
    return len(json.dumps([dict(operation.fields), dict(operation.texts)], default=str))


def _short(file: str) -> str:
    path = Path(file)
    return str(path.relative_to(_ROOT)) if path.is_relative_to(_ROOT) else path.name
