"""Quotas, pauses and buckets belong to an account, whichever sync uses it up."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from fake_destination import FakeConnector, calls, held
from sync_workspace import IMPATIENT, RECORDS, Workspace

from activations.contract import Batch
from activations.pacing import bucket_of
from activations.patience import Patience
from heddle.errors import RetryLater, StopSync

METERED = RECORDS.replace("object: record", "object: metered")
EVENING = datetime.fromisoformat("2026-06-15T20:00:00")


def at(moment: datetime) -> Patience:
    return replace(IMPATIENT, clock=lambda: moment)


def test_a_used_up_day_pauses_until_the_next_one(workspace: Workspace) -> None:
    sync = workspace.sync(METERED)
    workspace.people(8)
    result = workspace.run(sync, at(EVENING))
    assert result.status == "paused" and result.paused_until == datetime.fromisoformat("2026-06-16T00:00:00")
    assert len(calls(workspace.settings.outbox)) == 6
    assert workspace.run(sync, at(EVENING + timedelta(hours=3))).status == "paused"
    assert len(calls(workspace.settings.outbox)) == 6
    tomorrow = workspace.run(sync, at(EVENING + timedelta(hours=5)))
    assert tomorrow.status == "done" and len(calls(workspace.settings.outbox)) == 8
    assert workspace.value("select sum(calls) from activations.activation_accounts") == 3


def test_a_long_retry_after_pauses_every_sync_of_the_account(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = workspace.sync(RECORDS)
    second = workspace.sync(RECORDS.replace("sync: people", "sync: others"))
    workspace.people(2)

    def busy() -> None:
        raise RetryLater("the daily limit of the destination is reached", after=7200)

    monkeypatch.setattr(FakeConnector, "before", staticmethod(busy))
    assert workspace.run(first, at(EVENING)).paused_until == EVENING + timedelta(hours=2)
    monkeypatch.setattr(FakeConnector, "before", staticmethod(lambda: None))
    assert workspace.run(second, at(EVENING)).status == "paused" and calls(workspace.settings.outbox) == []
    for sync in (first, second):
        assert workspace.run(sync, at(EVENING + timedelta(hours=3))).outcomes == {"delivered": 2}


def test_a_pause_is_not_hidden_by_what_the_calls_beside_it_say(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Ten batches, four at once: the first one is refused for the day while those behind it fail otherwise."""

    def decide(batch: Batch, index: int) -> None:
        raise RetryLater("the quota", after=7200) if batch.op_ids[0] == 1 else StopSync("gone")

    workspace.people(30)
    monkeypatch.setattr(FakeConnector, "decide", staticmethod(decide))
    result = workspace.run(workspace.sync(RECORDS.replace("object: record", "object: wide")), at(EVENING))
    assert result.status == "paused" and result.paused_until == EVENING + timedelta(hours=2)
    assert workspace.value("select string_agg(op_id || '-' || last_op) from activations.activation_in_flight") == "1-3"


def test_retry_after_is_waited_for(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    waited: list[float] = []
    answers = iter([RetryLater("429", after=17)])

    def busy() -> None:
        for error in answers:
            raise error

    monkeypatch.setattr(FakeConnector, "before", staticmethod(busy))
    workspace.people(1)
    workspace.run(workspace.sync(RECORDS), Patience(sleep=waited.append))
    assert waited == [17] and len(held(workspace.settings.outbox)) == 1


def test_one_bucket_per_account_and_rate() -> None:
    assert bucket_of("a", 5) is bucket_of("a", 5)
    assert bucket_of("a", 5) is not bucket_of("b", 5)


@pytest.mark.parametrize("fails", [False, True])
def test_parcels_that_are_under_way_together_are_all_settled(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch, fails: bool
) -> None:
    sync = workspace.sync(RECORDS.replace("object: record", "object: wide"))
    workspace.people(40)
    if fails:
        monkeypatch.setattr(FakeConnector, "decide", staticmethod(_broken))
        with pytest.raises(Exception, match="nobody answers"):
            workspace.run(sync)
        sent = len(calls(workspace.settings.outbox))
        assert workspace.value("select count(*) from activations.activation_ledger where held") == sent
        monkeypatch.setattr(FakeConnector, "decide", staticmethod(lambda batch, i: None))
    workspace.run(sync)
    assert len(held(workspace.settings.outbox)) == 40 == len(calls(workspace.settings.outbox))
    assert workspace.value("select count(*) from activations.activation_in_flight") == 0


def _broken(batch: object, index: int) -> None:
    if any(operation.op_id > 20 for operation in batch.operations):  # type: ignore[attr-defined]
        raise StopSync("nobody answers")
