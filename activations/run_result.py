"""What became of a plan, as it is stored."""

import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from activations.delivery import outcome_counts
from activations.ledger import SCHEMA
from activations.plan import OPERATIONS, unguarded
from activations.receipts import Polled
from heddle.errors import SyncError
from heddle.warehouse import Warehouse

RUNS = f"{SCHEMA}.activation_runs"


@dataclass(frozen=True)
class RunResult:
    """What became of a plan, in counts. `status` is done, blocked (by the guard: nothing was sent but removals of
    people whose consent ended) or paused (the account's quota is used up, or the destination asked for it).

    `planned` is action -> reason -> rows, `outcomes` status -> rows, `reasons` "status: code" -> rows; `unattributed`
    reason -> rows that the destination counted without naming them; `dropped` "field: code" -> values left out of their
    rows; `receipts` what this run heard about operations that earlier runs had accepted. `seconds` of sending.
    `sent_before`: an earlier call sent the plan, this one sent nothing.
    """

    sync: str
    plan_id: str
    status: str
    planned: Mapping[str, Mapping[str, int]]
    outcomes: Mapping[str, int]
    reasons: Mapping[str, int]
    guard_reason: str | None = None
    resync: str | None = None
    resumed: bool = False
    sent_before: bool = False
    unattributed: Mapping[str, int] = field(default_factory=dict)
    dropped: Mapping[str, int] = field(default_factory=dict)
    receipts: Polled = field(default_factory=Polled)
    seconds: float = 0
    paused_until: datetime | None = None

    def total(self, action: str) -> int:
        return sum(self.planned.get(action, {}).values())

    @property
    def counts(self) -> dict[str, int]:
        """Rows by what became of them: outcomes, and what the plan left out."""
        excluded = {action: self.total(action) for action in self.planned if action not in OPERATIONS}
        return {**self.outcomes, **excluded}

    @property
    def delivered(self) -> int:
        return self.outcomes.get("delivered", 0) + self.outcomes.get("accepted", 0)


def stored_run(wh: Warehouse, plan_id: str) -> dict[str, object]:
    found = wh.query(f"select * from {RUNS} where plan_id = ?", [plan_id]).to_pylist()
    if not found:
        raise SyncError(f"there is no plan {plan_id}", hint="heddle sync plan NAME makes one and prints its id")
    return dict(found[0])


def stored_result(wh: Warehouse, plan_id: str) -> RunResult:
    run = stored_run(wh, plan_id)
    statuses, reasons = outcome_counts(wh, plan_id)
    reason, resync = run["guard_reason"], run["resync"]
    return RunResult(
        str(run["sync"]),
        plan_id,
        str(run["status"]),
        json.loads(str(run["counts"])),
        statuses,
        reasons,
        str(reason) if reason else None,
        str(resync) if resync else None,
        unattributed=stored_counts(run["unattributed"]),
        dropped=stored_counts(run["dropped"]),
        seconds=float(str(run["seconds"] or 0)),
    )


def stored_counts(stored: object) -> dict[str, int]:
    return dict(json.loads(str(stored))) if stored else {}


def latest_result(wh: Warehouse, sync: str) -> RunResult:
    """The newest run of the sync; nothing where it never ran."""
    found = wh.scalar(f"select plan_id from {RUNS} where sync = ? order by planned_at desc limit 1", [sync])
    return stored_result(wh, str(found)) if found else RunResult(sync, "", "paused", {}, {}, {})


def both(before: RunResult, now: RunResult) -> RunResult:
    """A resumed plan and the one after it, as one result: their operations and outcomes together."""
    sent = unguarded(before.planned) if before.guard_reason else before.planned
    planned: dict[str, Counter[str]] = {action: Counter(reasons) for action, reasons in now.planned.items()}
    for action in ("add", "change", "remove"):
        planned[action] = planned.get(action, Counter()) + Counter(sent.get(action, {}))
    return RunResult(
        now.sync,
        now.plan_id,
        now.status,
        {action: dict(reasons) for action, reasons in planned.items() if reasons},
        dict(Counter(before.outcomes) + Counter(now.outcomes)),
        dict(Counter(before.reasons) + Counter(now.reasons)),
        now.guard_reason,
        now.resync,
        resumed=True,
        unattributed=dict(Counter(before.unattributed) + Counter(now.unattributed)),
        dropped=dict(Counter(before.dropped) + Counter(now.dropped)),
        seconds=before.seconds + now.seconds,
    )
