"""What a delivery does at once: rows are made, sent and written down side by side, and marks come before calls."""

import gc
from typing import Any

import pytest
from fake_destination import FakeConnector, held
from killable_warehouse import KillableWarehouse
from sync_workspace import IMPATIENT, MESSAGES, RECORDS, Workspace

from activations import run_sync
from activations.contract import Batch
from activations.outcomes import Outcome
from heddle.errors import StopSync
from heddle.rare_collections import rare_collections

ROWS = 12  # four batches of the fake destination
TABLES = {"activations.activation_in_flight": "mark", "activations.activation_log": "log"}
DELIVERED = "update activations.activation_delivered set last_op"


class Noting(KillableWarehouse):
    """Notes what is written, beside the calls of the destination."""

    def __init__(self, workspace: Workspace) -> None:
        super().__init__(workspace.wh, 1_000_000)
        self.said: list[str] = []

    def append(self, *args: Any) -> int:
        self.said.append(TABLES[args[0]]) if args[0] in TABLES else None
        return super().append(*args)

    def execute(self, sql: str, *args: Any) -> int:
        self.said.append("log") if sql.startswith(DELIVERED) else None
        return super().execute(sql, *args)

    def written(self) -> list[str]:
        return [word for word in self.said if word != "call"]


def delivery(workspace: Workspace, text: str, monkeypatch: pytest.MonkeyPatch, last: int = 4) -> Noting:
    """The destination is no longer there after `last` calls."""
    wh = Noting(workspace)

    def decide(batch: Batch, index: int) -> Outcome | None:
        if index == 0:
            if wh.said.count("call") == last:
                raise StopSync("gone")
            wh.said.append("call")
        return None

    monkeypatch.setattr(FakeConnector, "decide", staticmethod(decide))
    workspace.people(ROWS)
    run_sync(wh, workspace.settings, workspace.sync(text), workspace.as_of, patience=IMPATIENT)
    return wh


def test_what_may_not_be_repeated_is_settled_before_the_next_mark(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert delivery(workspace, MESSAGES, monkeypatch).said == ["mark", "call", "log"] * 4


def test_what_may_be_repeated_is_settled_while_the_next_is_under_way(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    wh = delivery(workspace, RECORDS, monkeypatch)
    assert wh.written() == ["mark", *["mark", "log"] * 3, "log"]
    for end in range(len(wh.said)):
        marks, calls = (wh.said[: end + 1].count(word) for word in ("mark", "call"))
        assert calls <= marks
    assert len(held(workspace.settings.outbox)) == ROWS


def test_nothing_follows_a_call_that_stopped(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(StopSync):
        delivery(workspace, RECORDS, monkeypatch, last=2)
    assert workspace.statuses() == {"delivered": 6}
    assert workspace.value("select count(*) from activations.activation_in_flight") == 0
    assert workspace.value("select count(*) from activations.activation_ledger where held") == 6
    monkeypatch.setattr(FakeConnector, "decide", staticmethod(lambda batch, index: None))
    assert workspace.run(workspace.sync(RECORDS)).outcomes == {"delivered": ROWS}
    assert len(held(workspace.settings.outbox)) == ROWS


def test_the_collector_is_as_before_when_the_last_of_several_is_done() -> None:
    usual = gc.get_threshold()
    first, second = rare_collections(), rare_collections()
    with first:
        second.__enter__()
        assert gc.get_threshold()[0] > usual[0]
    assert gc.get_threshold()[0] > usual[0]
    second.__exit__(None, None, None)
    assert gc.get_threshold() == usual
