"""Receipts: what asynchronous destinations accepted is asked about on later ticks, and settled per receipt."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import pyarrow as pa

from activations.accounts import Clock
from activations.contract import Batch, BatchResult, Operation, Pending, Target
from activations.fold import LOG, RECEIPTS, WAITING, fold_receipt
from activations.mapping import PlannedRow
from activations.outcomes import Accepted, Outcome, Rejected, Unknown
from activations.overtaken import OVERDUE
from activations.preparation import Earlier, Preparation, payload_of
from activations.refused_addresses import suppress_refused
from activations.settle import ROW_COLUMNS, with_outcomes
from activations.syncs import OpenSync
from heddle.errors import RejectRecord, RetryLater, StopSync
from heddle.warehouse import Warehouse, literal

_OVERDUE = "no answer within the deadline of the destination"


@dataclass
class Polled:
    """What one look at the receipts of a sync gave: rows by status, receipts that are still open, those overdue."""

    outcomes: Counter[str] = field(default_factory=Counter)
    reasons: Counter[str] = field(default_factory=Counter)
    pending: int = 0
    overdue: int = 0
    unattributed: Counter[str] = field(default_factory=Counter)
    error: str | None = None


def remember_receipts(
    wh: Warehouse, opened: OpenSync, plan_id: str, action: str, receipts: Mapping[str, int], now: datetime
) -> None:
    """Operations that were accepted, by receipt; several batches may share one, also after it was asked about."""
    rule = opened.spec.receipts
    assert rule is not None
    for receipt, operations in receipts.items():
        key = [opened.sync.sync, plan_id, action, receipt]
        times = [now, now + timedelta(seconds=rule.first_poll), now + timedelta(seconds=rule.deadline)]
        more = wh.execute(
            f"update {RECEIPTS} set operations = case when status = 'pending' then operations else 0 end + ?, "
            "status = 'pending', accepted_at = ?, poll_at = ?, deadline = ? "
            "where sync = ? and plan_id = ? and action = ? and receipt = ?",
            [operations, *times, *key],
        )
        if not more:
            wh.execute(
                f"insert into {RECEIPTS} values (?, ?, ?, ?, ?, ?, ?, ?, 0, 'pending', null, null)",
                [*key, operations, *times],
            )


def poll_receipts(wh: Warehouse, opened: OpenSync, as_of: datetime, clock: Clock) -> Polled:
    """Asks about every receipt whose time has come. A destination that cannot answer keeps its receipts open."""
    polled = Polled()
    due = wh.query(
        f"select * from {RECEIPTS} where sync = ? and status = 'pending' and poll_at <= ? "
        "order by accepted_at, receipt",
        [opened.sync.sync, clock()],
    ).to_pylist()
    for receipt in due:
        try:
            _poll(wh, opened, receipt, as_of, clock(), polled)
        except StopSync as error:
            polled.error = str(error)
            _postpone(wh, receipt, clock() + timedelta(minutes=1), str(error))
    polled.pending = int(
        str(wh.scalar(f"select count(*) from {RECEIPTS} where sync = ? and status = 'pending'", [opened.sync.sync]))
    )
    return polled


def _poll(
    wh: Warehouse, opened: OpenSync, receipt: Mapping[str, object], as_of: datetime, now: datetime, polled: Polled
) -> None:
    rows = wh.query(f"select * from {WAITING} where {_this(receipt)} order by op_id")
    batch = _batch(opened, opened.target(as_of, 0), rows, as_of)
    deadline = receipt["deadline"]
    late = isinstance(deadline, datetime) and now >= deadline
    try:
        answer = _asked(opened, str(receipt["receipt"]), batch)
    except StopSync as error:
        if not late:
            raise
        # a receipt that the destination has forgotten keeps nobody waiting for good
        polled.error, answer = str(error), Pending()
    overdue = isinstance(answer, Pending) and late
    if isinstance(answer, Pending) and not overdue:
        _postpone(wh, receipt, now + timedelta(seconds=answer.after))
        return
    outcomes = _final(opened, batch, None if isinstance(answer, Pending) else answer)
    if isinstance(answer, BatchResult):
        polled.unattributed.update(answer.unattributed)
    polled.overdue += overdue
    _count(polled, outcomes)
    _settle(wh, opened, receipt, rows, outcomes, as_of, now)


def _asked(opened: OpenSync, receipt: str, batch: Batch) -> BatchResult | Pending:
    """One receipt that cannot be read stops neither the others nor the sync. Raises StopSync."""
    try:
        return opened.connector.poll(receipt, batch)
    except StopSync:
        raise
    except RetryLater as error:
        return Pending(max(error.after, 1.0))
    except Exception as error:  # its text may quote a person's data
        said = f"the connector cannot read what became of a receipt ({type(error).__name__})"
        raise StopSync(said, opened.connection.where) from None


def _final(opened: OpenSync, batch: Batch, answer: BatchResult | None) -> list[Outcome]:
    """One outcome per row; without an answer in time, what may be repeated is."""
    if answer is None:
        late: Outcome = Rejected(OVERDUE, _OVERDUE, True) if opened.spec.idempotent else Unknown(_OVERDUE)
        return [late] * len(batch.operations)
    found = [answer.outcomes[operation.op_id] for operation in batch.operations]
    if any(isinstance(outcome, Accepted) for outcome in found):
        raise StopSync("the connector answers a receipt with a receipt", opened.connection.where)
    return found


def _batch(opened: OpenSync, target: Target, rows: pa.Table, as_of: datetime) -> Batch:
    preparation = Preparation(opened.mapping, opened.connector, as_of)
    operations = []
    for row in rows.to_pylist():
        planned = PlannedRow(row["op_id"], row["action"], row["key_hash"], payload_of(row["payload"]))
        ids = payload_of(row["ids"])
        try:
            made = preparation.operation(planned, Earlier({name: str(value) for name, value in ids.items()}))
        except (RejectRecord, KeyError):  # the sync file is another one by now
            made = Operation(planned.op_id, planned.action, planned.key_hash, {}, {}, row["message_id"])
        operations.append(made)
    return Batch(target, tuple(operations))


def _settle(
    wh: Warehouse,
    opened: OpenSync,
    receipt: Mapping[str, object],
    rows: pa.Table,
    outcomes: list[Outcome],
    as_of: datetime,
    now: datetime,
) -> None:
    size = len(rows)
    log = with_outcomes(rows.select(list(ROW_COLUMNS)), outcomes, as_of)
    log = log.append_column("sync", pa.repeat(pa.scalar(opened.sync.sync, pa.string()), size))
    log = log.append_column("plan_id", pa.repeat(pa.scalar(str(receipt["plan_id"]), pa.string()), size))
    status = "overdue" if any(_is_late(outcome) for outcome in outcomes) else "settled"
    with wh.transaction():
        wh.append(LOG, log)
        waiting = f"select op_id, payload from {WAITING} where {_this(receipt)}"
        suppress_refused(wh, opened, rows, outcomes, waiting, as_of)
        fold_receipt(wh, opened, str(receipt["plan_id"]), str(receipt["action"]), str(receipt["receipt"]), as_of)
        wh.execute(f"delete from {WAITING} where {_this(receipt)}")
        wh.execute(
            f"update {RECEIPTS} set status = ?, settled_at = ?, polls = polls + 1 where {_this(receipt)}", [status, now]
        )


def _postpone(wh: Warehouse, receipt: Mapping[str, object], at: datetime, error: str | None = None) -> None:
    wh.execute(f"update {RECEIPTS} set poll_at = ?, polls = polls + 1, error = ? where {_this(receipt)}", [at, error])


def _this(receipt: Mapping[str, object]) -> str:
    return " and ".join(f"{name} = {literal(str(receipt[name]))}" for name in ("sync", "plan_id", "action", "receipt"))


def _is_late(outcome: Outcome) -> bool:
    return isinstance(outcome, Rejected | Unknown) and _OVERDUE in (
        getattr(outcome, "message", ""),
        getattr(outcome, "reason", ""),
    )


def _count(polled: Polled, outcomes: list[Outcome]) -> None:
    for outcome in outcomes:
        status = type(outcome).__name__.lower()
        polled.outcomes[status] += 1
        code = getattr(outcome, "code", None)
        if code:
            polled.reasons[f"{status}: {code}"] += 1
