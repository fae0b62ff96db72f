"""Planning: the difference between what the warehouse wants and what the destination acknowledged, sealed."""

import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from activations import plan_sql
from activations.contract import Batch
from activations.desired_sql import DESIRED, rows_of
from activations.difference import KNOWN, LEDGER, differ
from activations.erased_people import clear_erased, say_erased
from activations.guard import judge
from activations.identifiers import identify
from activations.ledger import SCHEMA, count_rows
from activations.masking import mask_fields
from activations.merged_people import carry_over
from activations.preparation import Preparation, planned_row
from activations.rehash import rehash
from activations.source import segment_verdict
from activations.syncs import OpenSync
from heddle.errors import RejectRecord, SyncError
from heddle.warehouse import Warehouse

OPERATIONS = ("add", "change", "remove")
_SAMPLE = 5
_MANY = 1_000_000


@dataclass(frozen=True)
class Plan:
    """A sealed plan. `counts` is action -> reason -> rows; actions besides add, change and remove are excluded rows.
    `sample` and `first_request` are masked. `resync` says why every row is sent again: mapping, lost, or None."""

    id: str
    sync: str
    as_of: datetime
    counts: Mapping[str, Mapping[str, int]]
    source_rows: int
    held: int
    guard_verdict: str
    guard_reason: str | None
    resync: str | None
    sample: tuple[Mapping[str, str], ...]
    first_request: str | None

    def total(self, action: str) -> int:
        return sum(self.counts.get(action, {}).values())

    @property
    def counts_by_reason(self) -> dict[tuple[str, str], int]:
        return {(action, reason): n for action, reasons in self.counts.items() for reason, n in reasons.items()}

    @property
    def operations(self) -> int:
        return sum(self.total(action) for action in OPERATIONS)

    @property
    def sendable(self) -> int:
        """Operations that go out: all of them, or, when the guard blocks, the removals of ended consents."""
        return sum(unguarded(self.counts).get("remove", {}).values()) if self.guard_reason else self.operations


def unguarded(counts: Mapping[str, Mapping[str, int]]) -> dict[str, dict[str, int]]:
    """What no guard stops: removals of rows whose consent ended."""
    ended = {reason: n for reason, n in counts.get("remove", {}).items() if reason not in plan_sql.GUARDED}
    return {"remove": ended} if ended else {}


def make_plan(wh: Warehouse, opened: OpenSync, as_of: datetime) -> Plan:
    """Plans and seals; earlier plans of the sync that were not finished are superseded."""
    name = opened.sync.sync
    held = count_rows(wh, f"select count(*) from {LEDGER} where sync = ? and held", [name])
    lost = held > 0 and opened.connector.holds(opened.target(as_of, held)) is False
    plan_id = f"{as_of:%Y%m%dT%H%M%S}-{name}-{secrets.token_hex(4)}"
    with wh.transaction():
        rehash(wh, opened.mapping)
        clear_erased(wh, opened.mapping)
        mark = differ(wh, opened.mapping, lost)
        source_rows = rows_of(mark)
        known = count_rows(wh, f"select count(*) from {KNOWN}")
        wh.execute(plan_sql.classified(opened.mapping, as_of, lost, known > 0))
        say_erased(wh)
        identify(wh, opened.mapping, Preparation(opened.mapping, opened.connector, as_of))
        carry_over(wh, opened.mapping)
        counts = _counts(wh, source_rows)
        removals = sum(counts.get("remove", {}).get(reason, 0) for reason in (plan_sql.LEFT, *plan_sql.ABSENT))
        verdict = judge(opened.sync.guard, source_rows, removals, held, segment_verdict(wh, opened.sync))
        resync = "lost" if lost else "mapping" if counts.get("change", {}).get("mapping") else None
        wh.execute(f"delete from {plan_sql.PLAN} where sync = ?", [name])
        wh.execute(
            f"update {SCHEMA}.activation_runs set status = 'superseded' "
            "where sync = ? and status in ('planned', 'blocked', 'running', 'stopped')",
            [name],
        )
        _seal(wh, opened, plan_id, 25_000 if known <= _MANY else 100_000)
        plan = Plan(
            plan_id,
            name,
            as_of,
            counts,
            source_rows,
            held,
            verdict.word,
            verdict.reason,
            resync,
            *_look(wh, opened, plan_id, as_of, held),
        )
        _record(wh, opened, plan, mark)
        for table in (DESIRED, KNOWN, plan_sql.CLASSIFIED, plan_sql.NAMED):
            wh.execute(f"drop table {table}")  # else the connection keeps their memory
    return plan


def _seal(wh: Warehouse, opened: OpenSync, plan_id: str, size: int) -> None:
    """In parts, so that a plan of many rows does not need the memory for all of them at once. Each of them reads the
    keys of KNOWN."""
    total, written = 0, 0
    for rank in wh.query(plan_sql.ranks()).to_pylist():
        total += rank["n"]
        for first in range(rank["low"], rank["high"] + 1, size):
            part = (rank["rank"], first, first + size - 1)
            written += wh.execute(plan_sql.sealed(opened.mapping, plan_id, *part, before=written))
    if written != total:
        raise SyncError(f"{opened.sync.sync}: {written} rows of {total} were sealed", hint="plan again")


def _counts(wh: Warehouse, source_rows: int) -> dict[str, dict[str, int]]:
    found = wh.query(
        f"select action, coalesce(reason, '') as reason, count(*) as n from {plan_sql.CLASSIFIED} "
        "where action <> 'gone' group by 1, 2 order by 1, 2"
    )
    counts: dict[str, dict[str, int]] = {}
    for row in found.to_pylist():
        counts.setdefault(row["action"], {})[row["reason"]] = row["n"]
    if equal := source_rows - count_rows(wh, f"select count(*) from {DESIRED}"):
        unchanged = counts.setdefault("unchanged", {})
        unchanged[""] = unchanged.get("", 0) + equal
    return counts


def _look(
    wh: Warehouse, opened: OpenSync, plan_id: str, as_of: datetime, held: int
) -> tuple[tuple[Mapping[str, str], ...], str | None]:
    """A masked sample of the operations, and the first request."""
    rows = wh.query(
        f"select op_id, action, key_hash, cast(payload as varchar) as payload from {plan_sql.PLAN} "
        f"where plan_id = ? and action in ('add', 'change', 'remove') order by op_id limit {_SAMPLE}",
        [plan_id],
    ).to_pylist()
    preparation = Preparation(opened.mapping, opened.connector, as_of)
    operations = []
    for row in rows:
        try:
            operations.append(preparation.operation(planned_row(row)))
        except RejectRecord:
            continue
    sample = tuple({"action": op.action, **mask_fields(op.fields)} for op in operations)
    first = [op for op in operations if op.action == operations[0].action]
    return sample, _first_request(opened, Batch(opened.target(as_of, held), tuple(first))) if first else None


def _first_request(opened: OpenSync, batch: Batch) -> str:
    """A row that cannot be shown is no reason not to plan: sending it rejects it alone."""
    try:
        return opened.connector.preview(batch)
    except Exception as error:  # its text may quote a person's data
        return f"the first request cannot be shown ({type(error).__name__})"


def _record(wh: Warehouse, opened: OpenSync, plan: Plan, mark: str) -> None:
    sync = opened.sync
    now = datetime.now(UTC).replace(tzinfo=None)
    status = "blocked" if plan.guard_reason else "planned" if plan.operations else "done"
    values = {
        "plan_id": plan.id,
        "sync": sync.sync,
        "destination": sync.destination,
        "object": sync.object,
        "audience": sync.audience_name,
        "channel": sync.channel or opened.spec.channel,
        "purpose": sync.purpose,
        "as_of": plan.as_of,
        "planned_at": now,
        "ended_at": None if status == "planned" else now,
        "status": status,
        "fingerprint": mark,
        "mapping_version": opened.mapping.version,
        "resync": plan.resync,
        "source_rows": plan.source_rows,
        "guard_verdict": plan.guard_verdict,
        "guard_reason": plan.guard_reason,
        "counts": json.dumps(plan.counts),
        "outcomes": None if status == "planned" else "{}",
    }
    wh.execute(
        f"insert into {SCHEMA}.activation_runs ({', '.join(values)}) values ({', '.join('?' * len(values))})",
        list(values.values()),
    )
