"""Batches that were wholly delivered are spans of the plan until the log has their rows: no less is known of them."""

from contextlib import suppress
from typing import Any

import pytest
from fake_destination import FakeConnector
from killable_warehouse import KillableWarehouse, Killed
from sync_workspace import IMPATIENT, RECORDS, Workspace

from activations import delivered as spans
from activations import ensure_tables, load_syncs, reset_sync, run_sync
from activations.contract import Batch
from activations.outcomes import Outcome, Rejected
from activations.run_result import latest_result
from activations.sync_status import sync_statuses

ROWS = 14  # five batches of the fake destination, the last of two


class DiesAtTheLog(KillableWarehouse):
    """Dies when the log is to get the rows of the n-th part of a span."""

    def __init__(self, workspace: Workspace, part: int = 1) -> None:
        super().__init__(workspace.wh, 1_000_000)
        self._part = part

    def execute(self, sql: str, *args: Any) -> int:
        if "activation_outcomes where" in sql:
            self._part -= 1
            self._left = 0 if self._part == 0 else self._left
        return super().execute(sql, *args)


def killed(workspace: Workspace, part: int = 1) -> None:
    workspace.people(ROWS)
    with suppress(Killed):
        run_sync(
            DiesAtTheLog(workspace, part), workspace.settings, workspace.sync(RECORDS), workspace.as_of,
            patience=IMPATIENT,
        )  # fmt: skip


def noted(workspace: Workspace) -> list[tuple[int, int]]:
    spans = workspace.wh.query("select first_op, last_op from activations.activation_delivered order by 1").to_pylist()
    return [(span["first_op"], span["last_op"]) for span in spans]


def test_a_killed_run_is_known_before_its_log_is(workspace: Workspace) -> None:
    killed(workspace)
    assert workspace.value("select count(*) from activations.activation_log") == 0
    assert noted(workspace) == [(1, ROWS)]
    assert workspace.value("select count(*) from activations.activation_outcomes where status = 'delivered'") == ROWS
    assert workspace.value("select delivered from activations.sync_summary") == ROWS
    assert sync_statuses(workspace.wh, workspace.as_of)[0].unsent == 0
    assert latest_result(workspace.wh, "people").outcomes == {"delivered": ROWS}


@pytest.mark.parametrize("part", [1, 2, 3])
def test_the_next_run_completes_the_log_and_sends_nothing_again(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch, part: int
) -> None:
    monkeypatch.setattr(spans, "_AT_ONCE", 5)
    killed(workspace, part)
    assert workspace.value("select count(*) from activations.activation_log") == 5 * (part - 1)
    calls: list[int] = []
    monkeypatch.setattr(FakeConnector, "decide", staticmethod(lambda batch, index: calls.append(index)))
    assert workspace.run(load_syncs(workspace.settings)["people"]).outcomes == {"delivered": ROWS}
    assert calls == [] and workspace.statuses() == {"delivered": ROWS}
    assert workspace.value("select count(distinct op_id) from activations.activation_log") == ROWS
    assert workspace.value("select count(*) from activations.activation_delivered") == 0
    assert workspace.value("select count(*) from activations.activation_ledger where held") == ROWS
    plan_id = str(workspace.value("select max(plan_id) from activations.activation_log"))
    spans.complete_log(workspace.wh, plan_id)
    assert workspace.statuses() == {"delivered": ROWS}


def test_a_batch_with_a_rejected_row_is_told_row_by_row(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    def decide(batch: Batch, index: int) -> Outcome | None:
        return Rejected("no", "") if batch.op_ids[index] == 5 else None

    monkeypatch.setattr(FakeConnector, "decide", staticmethod(decide))
    killed(workspace)
    assert workspace.statuses() == {"delivered": 2, "rejected": 1}
    assert noted(workspace) == [(1, 3), (7, ROWS)]
    ensure_tables(workspace.wh)
    assert workspace.run(load_syncs(workspace.settings)["people"]).outcomes == {"delivered": 13, "rejected": 1}
    assert workspace.statuses() == {"delivered": 13, "rejected": 1}


def test_a_reset_keeps_what_is_only_a_span(workspace: Workspace) -> None:
    killed(workspace)
    reset_sync(workspace.wh, workspace.settings, load_syncs(workspace.settings)["people"])
    assert workspace.statuses() == {"delivered": ROWS}
    assert workspace.value("select count(*) from activations.activation_delivered") == 0
