"""The verbs of a sync: plan, apply, run (which resumes what a stopped run left, then plans and applies)."""

import json
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from datetime import UTC, datetime

from activations.accounts import Account, AccountPaused
from activations.delivery import Delivery, Progress, count_unsent, outcome_counts
from activations.difference import source_fingerprint
from activations.doubts import settle_doubts
from activations.fold import LOG, PLAN, fold
from activations.ledger import SCHEMA, count_rows, ensure_tables
from activations.pacing import audience_lock
from activations.patience import Patience
from activations.plan import Plan, make_plan
from activations.receipts import Polled, poll_receipts
from activations.recovery import recover
from activations.run_result import RUNS, RunResult, both, latest_result, stored_counts, stored_result, stored_run
from activations.sealed_pages import unsent
from activations.sync_file import Sync
from activations.syncs import OpenSync, load_syncs, open_sync
from heddle.errors import HeddleError, SyncError
from heddle.settings import Settings
from heddle.warehouse import Warehouse, literal


def plan_sync(wh: Warehouse, settings: Settings, sync: Sync, as_of: datetime) -> Plan:
    """Plans and seals, sends nothing. Raises SyncError where the sync or its source cannot be used."""
    ensure_tables(wh)
    with _opened(settings, sync) as opened:
        recover(wh, opened, resuming=None)
        return make_plan(wh, opened, as_of)


class _Looked(Exception):
    """Ends the transaction of a preview without a trace."""


def preview_sync(wh: Warehouse, settings: Settings, sync: Sync, as_of: datetime) -> Plan:
    """What `plan_sync` would plan now, and its first request; seals nothing and replaces no plan."""
    ensure_tables(wh)
    made: list[Plan] = []
    with _opened(settings, sync) as opened, suppress(_Looked), wh.transaction():
        made.append(make_plan(wh, opened, as_of))
        raise _Looked
    return made[0]


def apply_plan(
    wh: Warehouse,
    settings: Settings,
    plan_id: str,
    progress: Progress | None = None,
    patience: Patience | None = None,
    past_guard: bool = False,
) -> RunResult:
    """Sends a sealed plan, or what a stopped run left of it.

    Of a plan that the guard blocked, the removals of people whose consent ended go out, and the result says blocked;
    all of it with `past_guard`: somebody looked at this plan and takes it as it is, and the next one is judged anew.
    Raises SyncError when it has none of those, a newer plan replaced it, or the source has moved since; StopSync when
    the destination cannot go on (what was sent is settled, the next run sends the rest).
    """
    ensure_tables(wh)
    run = stored_run(wh, plan_id)
    if run["status"] == "done":
        return replace(stored_result(wh, plan_id), sent_before=True)
    sendable = run["status"] == "blocked" and (past_guard or count_unsent(wh, plan_id))
    if run["status"] not in ("planned", "running", "stopped") and not sendable:
        said = (
            f"is blocked by its guard: {run['guard_reason']}"
            if run["status"] == "blocked"
            else "was replaced by a newer one"
        )
        raise SyncError(f"the plan {plan_id} {said}", hint=f"heddle sync plan {run['sync']}")
    with _opened(settings, load_syncs(settings)[str(run["sync"])]) as opened:
        Account(wh, opened.connector.account(), opened.spec.limits, (patience or Patience()).clock).check()
        recover(wh, opened, resuming=plan_id)
        if source_fingerprint(wh, opened.mapping) != run["fingerprint"]:
            raise SyncError(
                f"the source of {run['sync']} has moved since the plan {plan_id}",
                opened.sync.where(),
                f"heddle sync plan {run['sync']} makes a new one",
            )
        if past_guard:
            wh.execute(
                f"update {RUNS} set guard_verdict = 'overridden', guard_reason = null "
                "where plan_id = ? and guard_reason is not null",
                [plan_id],
            )
        if _is_emptied(wh, plan_id):
            said = f"the values of the plan {plan_id} are not kept any more: its sync had no file for a month"
            raise SyncError(said, opened.sync.where(), f"heddle sync plan {run['sync']} makes a new one")
        return _apply(wh, opened, plan_id, progress, patience or Patience())


def run_sync(
    wh: Warehouse,
    settings: Settings,
    sync: Sync,
    as_of: datetime,
    progress: Progress | None = None,
    patience: Patience | None = None,
) -> RunResult:
    """Asks about open receipts, finishes what a stopped run left, plans, applies. A plan that the guard blocks, and an
    account that is paused, are results, not errors."""
    ensure_tables(wh)
    patience = patience or Patience()
    with _opened(settings, sync) as opened:
        account = Account(wh, opened.connector.account(), opened.spec.limits, patience.clock)
        try:
            account.check()
            polled = _polled(wh, opened, as_of, patience)
            before = _resume(wh, opened, progress, patience)
            recover(wh, opened, resuming=None)
            plan = make_plan(wh, opened, as_of)
            now = _apply(wh, opened, plan.id, progress, patience) if plan.sendable else stored_result(wh, plan.id)
        except AccountPaused as paused:
            return replace(latest_result(wh, sync.sync), status="paused", paused_until=paused.until)
    return replace(both(before, now) if before else now, receipts=polled)


def poll_sync(
    wh: Warehouse, settings: Settings, sync: Sync, as_of: datetime, patience: Patience | None = None
) -> Polled:
    """Only asks what became of operations that were accepted; sends nothing."""
    ensure_tables(wh)
    patience = patience or Patience()
    if not wh.scalar(f"select 1 from {SCHEMA}.activation_receipts where sync = ? and status = 'pending'", [sync.sync]):
        return Polled()
    with _opened(settings, sync) as opened:
        return _polled(wh, opened, as_of, patience)


def _polled(wh: Warehouse, opened: OpenSync, as_of: datetime, patience: Patience) -> Polled:
    if not opened.spec.receipts:
        return Polled()
    found = wh.query(
        f"select plan_id from {RUNS} where sync = ? and status in ('running', 'stopped')", [opened.sync.sync]
    ).to_pylist()
    for run in found:
        # what was accepted before a kill belongs into the ledger before its receipt is settled
        fold(wh, opened, run["plan_id"], as_of)
    return poll_receipts(wh, opened, as_of, patience.clock)


def _resume(wh: Warehouse, opened: OpenSync, progress: Progress | None, patience: Patience) -> RunResult | None:
    """The unfinished plan of the sync, when what it was made of has not moved since and is still kept."""
    found = wh.query(
        f"select plan_id, fingerprint from {RUNS} where sync = ? and status in ('running', 'stopped') "
        "order by planned_at desc limit 1",
        [opened.sync.sync],
    ).to_pylist()
    if not found or source_fingerprint(wh, opened.mapping) != found[0]["fingerprint"]:
        return None
    plan_id = str(found[0]["plan_id"])
    if _is_emptied(wh, plan_id):
        return None
    recover(wh, opened, resuming=plan_id)
    return _apply(wh, opened, plan_id, progress, patience)


def _is_emptied(wh: Warehouse, plan_id: str) -> bool:
    """Whether nothing is left to send some of it with (given_up.py)."""
    rest = f"select 1 from {PLAN} as p where {unsent(wh, plan_id)} and p.payload is null limit 1"
    return wh.scalar(rest) is not None


def _apply(wh: Warehouse, opened: OpenSync, plan_id: str, progress: Progress | None, patience: Patience) -> RunResult:
    run = stored_run(wh, plan_id)
    held = count_rows(
        wh, f"select count(*) from {SCHEMA}.activation_ledger where sync = ? and held", [opened.sync.sync]
    )
    delivery = Delivery(wh, opened, plan_id, _instant(run["as_of"]), patience, progress)
    _status(wh, plan_id, "running")
    began = time.monotonic()
    try:
        delivery.run(0 if run["resync"] == "lost" else held)
    except HeddleError as error:
        _status(wh, plan_id, "stopped", str(error), delivery, time.monotonic() - began)
        raise
    status = "blocked" if run["guard_reason"] else "done"
    with wh.transaction():
        settle_doubts(wh, opened, plan_id)
        _forget_sent(wh, plan_id, status == "blocked")
        _status(wh, plan_id, status, delivery=delivery, seconds=time.monotonic() - began)
    return stored_result(wh, plan_id)


def _forget_sent(wh: Warehouse, plan_id: str, blocked: bool) -> None:
    """What was sent is in log and ledger: the personal data of the plan has served. Not that of what the guard keeps
    back, which somebody may still let past it."""
    sent = f" and op_id in (select op_id from {LOG} where plan_id = {literal(plan_id)})" if blocked else ""
    wh.execute(f"update {PLAN} set payload = null, removal = null where plan_id = ?{sent}", [plan_id])


@contextmanager
def _opened(settings: Settings, sync: Sync) -> Iterator[OpenSync]:
    opened = open_sync(settings, sync)
    try:
        shared = opened.spec.limits.lock == "account"
        with audience_lock(settings, opened.connector.account(), "" if shared else sync.audience_name):
            yield opened
    finally:
        opened.connector.close()


def _status(
    wh: Warehouse,
    plan_id: str,
    status: str,
    error: str | None = None,
    delivery: Delivery | None = None,
    seconds: float = 0,
) -> None:
    now = datetime.now(UTC).replace(tzinfo=None)
    if delivery:
        run = stored_run(wh, plan_id)
        wh.execute(
            f"update {RUNS} set unattributed = ?, dropped = ?, seconds = coalesce(seconds, 0) + ? where plan_id = ?",
            [
                json.dumps(Counter(stored_counts(run["unattributed"])) + delivery.unattributed),
                json.dumps(Counter(stored_counts(run["dropped"])) + delivery.dropped),
                seconds,
                plan_id,
            ],
        )
    statuses, reasons = outcome_counts(wh, plan_id)
    wh.execute(
        f"update {RUNS} set status = ?, error = ?, outcomes = ?, started_at = coalesce(started_at, ?), ended_at = ? "
        "where plan_id = ?",
        [
            status,
            error,
            json.dumps({"statuses": statuses, "reasons": reasons}),
            now,
            None if status == "running" else now,
            plan_id,
        ],
    )


def _instant(value: object) -> datetime:
    return value if isinstance(value, datetime) else datetime.fromisoformat(str(value))
