"""What a destination can answer, and what becomes of each row."""

from dataclasses import replace

import pytest
from fake_destination import FakeConnector, calls, held
from sync_workspace import MESSAGES, RECORDS, Workspace

from activations import waiting_deliveries
from activations.client import Unanswered
from activations.contract import Limits
from activations.outcomes import Accepted, Outcome, Rejected, Skipped, Unknown
from heddle.errors import RetryLater, StopSync, SyncError


def deciding(monkeypatch: pytest.MonkeyPatch, outcomes: dict[str, Outcome]) -> None:
    monkeypatch.setattr(
        FakeConnector,
        "decide",
        staticmethod(lambda batch, i: outcomes.get(batch.operations[i].key.split("|")[0])),
    )


def test_a_permanent_rejection_is_not_repeated_until_the_row_changes(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    sync = workspace.sync(RECORDS)
    workspace.people(4)
    deciding(monkeypatch, {"p1": Rejected("bad_value", "no")})
    assert workspace.run(sync).reasons == {"rejected: bad_value": 1}
    assert workspace.plan(sync).counts == {"quarantined": {"bad_value": 1}, "unchanged": {"": 3}}
    workspace.people(4, name="B")
    assert workspace.plan(sync).counts == {"add": {"new": 1}, "change": {"changed": 3}} or workspace.plan(
        sync
    ).counts == {"add": {"returned": 1}, "change": {"changed": 3}}


def test_a_retryable_rejection_waits_longer_each_time_and_ends_in_quarantine(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    sync = workspace.sync(RECORDS + "retry: {attempts: 3, first_after: 10 minutes}\n")
    workspace.people(1)
    deciding(monkeypatch, {"p0": Rejected("busy", "later", retryable=True)})
    workspace.run(sync)
    assert workspace.plan(sync).counts == {"waiting": {"busy": 1}}
    workspace.later(10)
    assert workspace.run(sync).planned == {"add": {"retry": 1}}
    workspace.later(19)
    assert workspace.plan(sync).counts == {"waiting": {"busy": 1}}
    workspace.later(1)
    workspace.run(sync)
    workspace.later(9999)
    assert workspace.plan(sync).counts == {"quarantined": {"busy": 1}}
    assert workspace.wh.query("select attempt from activations.activation_log order by 1").column(0).to_pylist() == [
        1,
        2,
        3,
    ]


def test_a_column_that_is_sent_several_times_counts_as_often(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    record = replace(FakeConnector.objects()["record"], limits=Limits(max_rows=3, max_item_bytes=10_000))
    monkeypatch.setattr(FakeConnector, "objects", classmethod(lambda cls: {"record": record}))
    workspace.source([(f"p{n}", "", f"p{n}@x.example", "x" * size) for n, size in enumerate((5, 3_000, 5))])
    fields = ", ".join(f"f{n}: name" for n in range(5))
    sync = workspace.sync(RECORDS.replace("name: name", fields))
    assert workspace.run(sync).reasons == {"rejected: too_large": 1}
    assert set(held(workspace.settings.outbox)) == {"p0", "p2"}


def test_a_batch_refused_for_one_row_is_halved_until_the_row_is_found(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    sync = workspace.sync(RECORDS)
    workspace.people(9)

    def decide(batch: object, index: int) -> Outcome | None:
        bad = any(operation.key == "p4" for operation in batch.operations)  # type: ignore[attr-defined]
        return Rejected("http_422", "one of them", scope="batch") if bad else None

    monkeypatch.setattr(FakeConnector, "decide", staticmethod(decide))
    result = workspace.run(sync)
    assert result.outcomes == {"delivered": 8, "rejected": 1}
    assert sorted(held(workspace.settings.outbox)) == [f"p{n}" for n in range(9) if n != 4]


def test_accepted_skipped_and_unknown_are_settled_and_not_repeated(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    sync = workspace.sync(MESSAGES)
    workspace.people(4)
    deciding(monkeypatch, {"p0": Accepted("job-1"), "p1": Skipped("not_found"), "p2": Unknown("cut")})
    assert workspace.run(sync).outcomes == {"accepted": 1, "delivered": 1, "skipped": 1, "unknown": 1}
    plan = workspace.plan(sync)
    assert plan.counts == {"quarantined": {"not_found": 1}, "unchanged": {"": 2}, "unknown": {"unknown": 1}}
    assert plan.operations == 0


def test_a_message_whose_call_got_no_answer_is_not_repeated_whatever_its_connector_does(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    sync = workspace.sync(MESSAGES)
    workspace.people(4)
    left = iter(range(100))

    def cut() -> None:
        if next(left) == 1:
            raise Unanswered("the connection was cut")

    monkeypatch.setattr(FakeConnector, "before", staticmethod(cut))
    with pytest.raises(StopSync, match="was cut"):
        workspace.run(sync)
    assert workspace.run(sync).outcomes == {"unknown": 3, "delivered": 1}
    assert len(calls(workspace.settings.outbox)) == 2 and workspace.plan(sync).operations == 0


def test_a_dead_destination_stops_the_sync_and_the_next_run_sends(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    sync = workspace.sync(MESSAGES)
    workspace.people(7)
    left = iter(range(100))

    def die() -> None:
        if next(left) == 3:
            raise StopSync("nobody answers", "fake")

    monkeypatch.setattr(FakeConnector, "before", staticmethod(die))
    with pytest.raises(StopSync, match="nobody answers"):
        workspace.run(sync)
    assert waiting_deliveries(workspace.wh, workspace.as_of) == 1
    result = workspace.run(sync)
    assert result.resumed and result.outcomes == {"delivered": 7}
    assert waiting_deliveries(workspace.wh, workspace.as_of) == 0
    assert len(calls(workspace.settings.outbox)) == 7


def test_a_stopped_plan_is_dropped_when_consent_was_withdrawn_meanwhile(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    sync = workspace.sync(MESSAGES.replace("operational", "marketing"))
    workspace.people(2)
    workspace.reachable("p0", "p0@mail.example")
    workspace.reachable("p1", "p1@mail.example")

    def die() -> None:
        raise StopSync("nobody answers")

    monkeypatch.setattr(FakeConnector, "before", staticmethod(die))
    with pytest.raises(StopSync):
        workspace.run(sync)
    monkeypatch.setattr(FakeConnector, "before", staticmethod(lambda: None))
    workspace.wh.execute("update profiles.profile_reachability set is_reachable = false where profile_id = 'p1'")
    assert workspace.run(sync).planned == {"add": {"new": 1}, "suppressed": {"ok": 1}}
    assert [call["key"].split("|")[0] for call in calls(workspace.settings.outbox)] == ["p0"]


def test_patience_ends(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    sync = workspace.sync(RECORDS)
    workspace.people(1)
    asked: list[int] = []

    def busy() -> None:
        asked.append(1)
        raise RetryLater("429", after=1)

    monkeypatch.setattr(FakeConnector, "before", staticmethod(busy))
    with pytest.raises(StopSync, match="429"):
        workspace.run(sync)
    assert len(asked) == 2


def test_a_bug_in_a_connector_says_where_and_not_whom(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    sync = workspace.sync(RECORDS)
    workspace.people(1)

    def bug() -> None:
        raise KeyError("p0@mail.example")

    monkeypatch.setattr(FakeConnector, "before", staticmethod(bug))
    with pytest.raises(SyncError, match="KeyError") as caught:
        workspace.run(sync)
    assert "test_sync_delivery.py" in str(caught.value) and "mail.example" not in str(caught.value)


def test_a_missing_word_in_a_template_stops_before_the_first_send(workspace: Workspace) -> None:
    sync = workspace.sync(RECORDS.replace("name: name", "name: '{{ {}.nick }}'"))
    workspace.people(3)
    with pytest.raises(SyncError, match="nick"):
        workspace.run(sync)
    assert calls(workspace.settings.outbox) == []


def test_a_value_that_a_field_rule_refuses_is_rejected_alone(workspace: Workspace) -> None:
    workspace.source([("p1", "", "a@x.example", "A"), ("p2", "", "b@@x.example", "B")])
    result = workspace.run(workspace.sync(RECORDS))
    assert result.outcomes == {"delivered": 1, "rejected": 1} and result.reasons == {"rejected: invalid_address": 1}
