"""What was only accepted is asked about on later ticks, and settled per receipt."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from fake_destination import FakeConnector, calls
from sync_workspace import IMPATIENT, MESSAGES, RECORDS, Workspace

from activations import RunResult, Sync
from activations.client import Unanswered
from activations.contract import Batch, BatchResult, Pending
from activations.outcomes import Accepted, Delivered, Outcome, Rejected
from heddle.errors import RetryLater, StopSync

JOBS = RECORDS.replace("object: record", "object: job")
LATE = MESSAGES.replace("object: message", "object: late")
NOON = datetime.fromisoformat("2026-06-15T12:00:00")


class Ticks:
    """Runs at a time of the machine that moves on."""

    def __init__(self, workspace: Workspace, sync: Sync) -> None:
        self.workspace, self.sync, self.now = workspace, sync, NOON

    def run(self, minutes: int = 0) -> RunResult:
        self.now += timedelta(minutes=minutes)
        return self.workspace.run(self.sync, replace(IMPATIENT, clock=lambda: self.now))


@pytest.fixture
def accepting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(FakeConnector, "decide", staticmethod(lambda batch, i: Accepted("job-1")))


def answering(monkeypatch: pytest.MonkeyPatch, by_key: Mapping[str, Outcome], counted: int = 0) -> list[list[str]]:
    asked: list[list[str]] = []

    def answer(receipt: str, batch: Batch) -> BatchResult:
        asked.append([operation.key.split("|")[0] for operation in batch.operations])
        outcomes = [by_key.get(operation.key.split("|")[0], Delivered()) for operation in batch.operations]
        return BatchResult.in_order(batch, outcomes, {"not_matched": counted} if counted else {})

    monkeypatch.setattr(FakeConnector, "answer", staticmethod(answer))
    return asked


def state(workspace: Workspace) -> dict[str, tuple[bool, str]]:
    rows = workspace.wh.query("select profile_id, held, status from activations.activation_ledger").to_pylist()
    return {row["profile_id"]: (row["held"], row["status"]) for row in rows}


def summary(workspace: Workspace) -> tuple[object, ...]:
    (row,) = workspace.wh.query("select delivered, accepted from activations.sync_summary").to_pylist()
    return tuple(row.values())


@pytest.mark.usefixtures("accepting")
def test_several_batches_of_one_receipt_are_settled_row_by_row(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    ticks = Ticks(workspace, workspace.sync(JOBS))
    workspace.people(5)
    assert ticks.run().outcomes == {"accepted": 5}
    asked = answering(monkeypatch, {"p3": Rejected("bad", "no"), "p4": Rejected("busy", "later", True)}, counted=2)
    waiting = ticks.run()
    assert summary(workspace) == (0, 5), "accepted is not delivered"
    assert asked == [] and waiting.receipts.pending == 1 and waiting.planned == {"pending": {"receipt": 5}}
    result = ticks.run(minutes=2)
    assert len(asked) == 1 and len(asked[0]) == 5
    assert dict(result.receipts.outcomes) == {"delivered": 3, "rejected": 2}
    assert dict(result.receipts.unattributed) == {"not_matched": 2}
    assert result.planned == {"unchanged": {"": 3}, "quarantined": {"bad": 1}, "waiting": {"busy": 1}}
    assert summary(workspace) == (3, 0)
    held = {"p0": (True, "delivered"), "p3": (False, "rejected"), "p4": (False, "rejected")}
    assert held.items() <= state(workspace).items()
    assert workspace.value("select count(*) from activations.activation_receipt_rows") == 0
    assert len(calls(workspace.settings.outbox)) == 5


@pytest.mark.usefixtures("accepting")
def test_a_refused_change_leaves_the_old_row_and_is_sent_again(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    ticks = Ticks(workspace, workspace.sync(JOBS))
    workspace.people(1)
    ticks.run()
    answering(monkeypatch, {})
    ticks.run(minutes=2)
    workspace.people(1, name="B")
    ticks.run()
    answering(monkeypatch, {"p0": Rejected("busy", "later", True)})
    ticks.run(minutes=2)
    assert state(workspace) == {"p0": (True, "rejected")}
    workspace.later(60)
    assert ticks.run().planned == {"change": {"retry": 1}}


@pytest.mark.usefixtures("accepting")
def test_a_removal_counts_once_it_is_confirmed(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    ticks = Ticks(workspace, workspace.sync(JOBS))
    workspace.people(3)
    ticks.run()
    answering(monkeypatch, {})
    ticks.run(minutes=2)
    workspace.people(2)
    ticks.run()
    assert state(workspace)["p2"] == (True, "accepted")
    assert ticks.run().planned == {"pending": {"receipt": 1}, "unchanged": {"": 2}}
    ticks.run(minutes=2)
    assert state(workspace)["p2"] == (False, "removed")


@pytest.mark.usefixtures("accepting")
@pytest.mark.parametrize(("text", "status"), [(JOBS, "rejected"), (LATE, "unknown")])
def test_an_overdue_receipt_is_repeated_where_that_does_no_harm(workspace: Workspace, text: str, status: str) -> None:
    ticks = Ticks(workspace, workspace.sync(text))
    workspace.people(2)
    ticks.run()
    assert ticks.run(minutes=30).receipts.pending == 1
    result = ticks.run(minutes=31)
    assert result.receipts.overdue == 1 and dict(result.receipts.outcomes) == {status: 2}
    assert workspace.value("select status from activations.activation_receipts") == "overdue"
    workspace.later(60)
    again = ticks.run().planned
    assert again == ({"change": {"retry": 2}} if status == "rejected" else {"unknown": {"unknown": 2}})


@pytest.mark.usefixtures("accepting")
@pytest.mark.parametrize("error", [StopSync("nobody answers"), RetryLater("429", 5), KeyError("jan@mail.example")])
def test_a_destination_that_cannot_answer_keeps_its_receipts(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    ticks = Ticks(workspace, workspace.sync(JOBS))
    workspace.people(2)
    ticks.run()

    def fail(receipt: str, batch: Batch) -> Pending:
        raise error

    monkeypatch.setattr(FakeConnector, "answer", staticmethod(fail))
    result = ticks.run(minutes=2)
    assert result.status == "done" and result.receipts.pending == 1
    assert "jan@" not in str(result.receipts.error)
    answering(monkeypatch, {})
    assert dict(ticks.run(minutes=2).receipts.outcomes) == {"delivered": 2}


@pytest.mark.usefixtures("accepting")
@pytest.mark.parametrize("error", [StopSync("no such job"), KeyError("status")])
def test_a_receipt_that_the_destination_lost_is_overdue_after_its_deadline(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    ticks = Ticks(workspace, workspace.sync(JOBS))
    workspace.people(2)
    ticks.run()

    def fail(receipt: str, batch: Batch) -> Pending:
        raise error

    monkeypatch.setattr(FakeConnector, "answer", staticmethod(fail))
    assert ticks.run(minutes=2).receipts.pending == 1
    result = ticks.run(minutes=61)
    assert result.receipts.overdue == 1 and dict(result.receipts.outcomes) == {"rejected": 2}
    workspace.later(60)
    assert ticks.run().planned == {"change": {"retry": 2}}


@pytest.mark.usefixtures("accepting")
def test_what_may_be_there_though_its_receipt_is_overdue_is_removed(workspace: Workspace) -> None:
    ticks = Ticks(workspace, workspace.sync(JOBS))
    workspace.people(3)
    ticks.run()
    assert ticks.run(minutes=61).receipts.overdue == 1
    workspace.people(2)
    workspace.later(60)
    assert ticks.run().planned == {"change": {"retry": 2}, "remove": {"left": 1}}


@pytest.mark.usefixtures("accepting")
def test_a_job_that_fails_as_a_whole_is_repeated_as_often_as_the_sync_allows(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    ticks = Ticks(workspace, workspace.sync(JOBS + "retry: {attempts: 3, first_after: 1 minute}\n"))
    workspace.people(2)
    answering(monkeypatch, dict.fromkeys(("p0", "p1"), Rejected("INTERNAL", "failed as a whole", retryable=True)))
    planned = []
    for _ in range(4):
        planned.append(ticks.run(minutes=2).planned)
        ticks.run(minutes=2)
        workspace.later(60)
    assert planned == [{"add": {"new": 2}}, *[{"add": {"retry": 2}}] * 2, {"quarantined": {"INTERNAL": 2}}]


@pytest.mark.usefixtures("accepting")
def test_a_message_that_failed_later_is_failed_in_the_ledger(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    ticks = Ticks(workspace, workspace.sync(LATE))
    workspace.people(2)
    ticks.run()
    answering(monkeypatch, {"p1": Rejected("bounced", "no such mailbox")})
    ticks.run(minutes=2)
    rows = workspace.wh.query("select profile_id, status from activations.message_ledger order by 1").to_pylist()
    assert [row["status"] for row in rows] == ["sent", "failed"]


@pytest.mark.usefixtures("accepting")
def test_an_address_that_a_receipt_refuses_for_good_is_sent_nothing_again(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    ticks = Ticks(workspace, workspace.sync(LATE))
    workspace.people(2)
    ticks.run()
    answering(monkeypatch, {"p1": Rejected("opted_out", "no", suppress=True)})
    ticks.run(minutes=2)
    other = workspace.sync(LATE.replace("sync: mails", "sync: others"))
    assert Ticks(workspace, other).run().planned == {"add": {"new": 1}, "suppressed": {"refused_opted_out": 1}}
    assert workspace.value("select count(*) from activations.activation_suppressions") == 1


def test_what_was_accepted_beside_a_refusal_behind_a_lost_answer_is_asked_about(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    answers = iter([Unanswered("no answer"), Rejected("busy", "later", retryable=True)])

    def decide(batch: Batch, index: int) -> Outcome:
        answer = next(answers, Accepted("job-1"))
        if isinstance(answer, Unanswered):
            raise answer
        return answer

    workspace.people(5)
    monkeypatch.setattr(FakeConnector, "decide", staticmethod(decide))
    asked = answering(monkeypatch, {})
    ticks = Ticks(workspace, workspace.sync(JOBS))
    assert ticks.run().outcomes == {"accepted": 4, "rejected": 1}
    assert ticks.run(5).receipts.outcomes == {"delivered": 4} and asked == [["p1", "p2", "p3", "p4"]]
    assert workspace.value("select count(*) from activations.activation_ledger where held") == 5
