"""Whether a sync does what it should: the verdicts of its checks, its numbers, its last runs."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from activations import RunResult, Sync, SyncStatus, sync_statuses
from activations.delivery import outcome_counts
from heddle.warehouse import Warehouse

GUARD, REJECTS, FRESH, RECEIPTS = "guard_holds", "rejects_below_limit", "is_fresh", "receipts_in_time"
CHECKS = {
    GUARD: "The plan stayed within the limits of its guard.",
    REJECTS: "The destination took nearly all rows.",
    FRESH: "The destination was brought to the desired state within twice the interval of the schedule.",
    RECEIPTS: "No receipt of an asynchronous destination is past its deadline.",
}
MAX_REJECT_SHARE = 0.05
_STOPPED = "the run stopped with an error before this was known"
_SHOWN = 10
_INTERVALS = {"hourly": timedelta(hours=1), "daily": timedelta(days=1)}
_TREND = """
    select plan_id, as_of, status, guard_verdict, source_rows, counts, outcomes, seconds
    from activations.activation_runs where sync = ? order by planned_at desc limit ?
"""
_SETTLED = """
    select avg(date_diff('second', accepted_at, settled_at)) from (
        select accepted_at, settled_at from activations.activation_receipts
        where sync = ? and status = 'settled' and settled_at is not null order by settled_at desc limit 10
    ) as last
"""
_LAST_DONE = "select max(as_of) from activations.activation_runs where sync = ? and status = 'done'"


@dataclass(frozen=True)
class Verdict:
    """What one check says; `blocks`: people must look before anything else happens."""

    check: str
    passed: bool
    why: str
    blocks: bool = False
    facts: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class PastRun:
    """One earlier run in rows; `seconds` of sending."""

    as_of: datetime
    status: str
    source: int
    planned: int
    delivered: int
    rejected: int
    suppressed: int
    seconds: float


@dataclass(frozen=True)
class Health:
    """`numbers` are for trends, `trend` the last runs, newest first."""

    verdicts: tuple[Verdict, ...]
    numbers: Mapping[str, int | float]
    trend: tuple[PastRun, ...]


def health_of(wh: Warehouse, sync: Sync, result: RunResult | None, as_of: datetime) -> Health:
    """`result` is None when the run of the sync stopped with an error."""
    now = datetime.now(UTC).replace(tzinfo=None)
    found = next((one for one in sync_statuses(wh, now) if one.sync == sync.sync), None)
    overdue = result.receipts.overdue if result else 0
    verdicts = (_guard(result, found), _rejects(result), _fresh(wh, sync, as_of), _receipts(found, overdue))
    trend = [_run(wh, row) for row in wh.query(_TREND, [sync.sync, _SHOWN]).to_pylist()]
    return Health(verdicts, {**_numbers(found, overdue), **_latency(wh, sync)}, tuple(trend))


def _guard(result: RunResult | None, found: SyncStatus | None) -> Verdict:
    """A run without a plan was judged by nobody: that is no verdict of the guard, and no reason to call it well."""
    if result is None or not result.plan_id:
        return Verdict(GUARD, False, _unjudged(result))
    facts = {"removals": result.total("remove"), "held": found.held if found else 0}
    within = f"{facts['removals']:,} of {facts['held']:,} rows are removed"
    return Verdict(GUARD, result.guard_reason is None, result.guard_reason or within, True, facts)


def _rejects(result: RunResult | None) -> Verdict:
    if result is None or not result.plan_id:
        return Verdict(REJECTS, False, _unjudged(result), facts={"limit": MAX_REJECT_SHARE})
    rejected = result.outcomes.get("rejected", 0) + result.receipts.outcomes["rejected"]
    taken = result.delivered + result.receipts.outcomes["delivered"]
    share = rejected / max(taken + rejected, 1)
    sent = f"{rejected:,} of {taken + rejected:,} rows were rejected, the limit is {MAX_REJECT_SHARE:.0%}"
    why = sent if taken + rejected else "nothing had to be sent"
    return Verdict(REJECTS, share <= MAX_REJECT_SHARE, why, facts={"rejected_share": share, "limit": MAX_REJECT_SHARE})


def _unjudged(result: RunResult | None) -> str:
    return _STOPPED if result is None else "it is paused and has never run"


def _fresh(wh: Warehouse, sync: Sync, as_of: datetime) -> Verdict:
    interval = _interval(sync.schedule)
    last = wh.scalar(_LAST_DONE, [sync.sync])
    if not isinstance(last, datetime):
        return Verdict(FRESH, False, "it has never come to its end")
    if interval is None:
        return Verdict(FRESH, True, f"runs by hand, the last time that came to its end is {last:%Y-%m-%d %H:%M}")
    age = max(as_of - last, timedelta())
    minutes, limit = age.total_seconds() / 60, 2 * interval.total_seconds() / 60
    why = f"the last run that came to its end is {minutes:.0f} minutes old, the limit is {limit:.0f}"
    return Verdict(FRESH, minutes <= limit, why, facts={"age_minutes": round(minutes), "limit_minutes": round(limit)})


def _receipts(found: SyncStatus | None, overdue: int) -> Verdict:
    late = overdue + (found.receipts_overdue if found else 0)
    return Verdict(
        RECEIPTS, late == 0, f"{late} receipts are overdue" if late else "none overdue", facts={"overdue": late}
    )


def _interval(schedule: str) -> timedelta | None:
    if schedule.startswith("every "):
        return timedelta(minutes=int(schedule.split()[1]))
    return _INTERVALS.get(schedule.split(maxsplit=1)[0])


def _numbers(found: SyncStatus | None, overdue: int) -> dict[str, int | float]:
    if found is None:
        return {}
    rate = {} if found.match_rate is None else {"match_rate_percent": round(100 * found.match_rate, 2)}
    return {
        "held": found.held,
        "backlog": found.backlog,
        **rate,
        "receipts_open": found.receipts,
        "receipts_overdue": found.receipts_overdue + overdue,
    }


def _latency(wh: Warehouse, sync: Sync) -> dict[str, int | float]:
    """How long the destination took for what it accepted; nothing where it answers at once."""
    seconds = wh.scalar(_SETTLED, [sync.sync])
    return {} if seconds is None else {"receipt_latency_minutes": round(float(str(seconds)) / 60, 1)}


def _run(wh: Warehouse, row: Mapping[str, Any]) -> PastRun:
    counts = json.loads(row["counts"]) if row["counts"] else {}
    statuses = (json.loads(row["outcomes"]) if row["outcomes"] else {}).get("statuses", {})
    if statuses.get("accepted"):  # what became of it was heard after the run
        statuses = outcome_counts(wh, row["plan_id"])[0]
    planned = sum(sum(counts.get(action, {}).values()) for action in ("add", "change", "remove"))
    delivered = statuses.get("delivered", 0) + statuses.get("accepted", 0)
    suppressed = sum(counts.get("suppressed", {}).values())
    blocked = row["status"] == "superseded" and row["guard_verdict"] == "blocked"  # a later plan took its place
    status = "blocked" if blocked else row["status"]
    return PastRun(row["as_of"], status, row["source_rows"], planned, delivered, statuses.get("rejected", 0),
                   suppressed, round(row["seconds"] or 0, 2))  # fmt: skip
