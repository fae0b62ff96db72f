"""What people ask and decide: status, rows of a person, retry, reset, preview, checks of connections."""

import json
from datetime import datetime

import pytest
from fake_destination import FakeConnector, calls, held
from sync_workspace import MESSAGES, RECORDS, Workspace

from activations import (
    check_connections,
    former_ids,
    load_destinations,
    preview_sync,
    reset_sync,
    retry_rows,
    row_history,
    sync_statuses,
)
from activations.outcomes import Rejected
from heddle.cli.formats import Answer, Form, Section
from heddle.cli.sync_view import plan_answer, result_answer
from heddle.errors import StopSync, SyncError

NOW = datetime.fromisoformat("2026-06-15T12:00:00")


def refusing(monkeypatch: pytest.MonkeyPatch, key: str, outcome: Rejected | None) -> None:
    monkeypatch.setattr(
        FakeConnector, "decide", staticmethod(lambda b, i: outcome if b.operations[i].key == key else None)
    )


def test_quarantine_is_left_by_hand_or_by_a_change(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    sync = workspace.sync(RECORDS)
    workspace.people(3)
    refusing(monkeypatch, "p1", Rejected("bad", "no"))
    workspace.run(sync)
    assert retry_rows(workspace.wh, "people") == 0
    assert retry_rows(workspace.wh, "people", quarantined=True) == 1
    assert workspace.plan(sync).counts == {"add": {"returned": 1}, "unchanged": {"": 2}}
    workspace.run(sync)
    assert workspace.plan(sync).counts["quarantined"] == {"bad": 1}
    refusing(monkeypatch, "p1", None)
    workspace.people(3, name="B")
    assert workspace.run(sync).outcomes == {"delivered": 3}


def test_a_waiting_row_is_let_go_before_its_time(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    sync = workspace.sync(RECORDS)
    workspace.people(2)
    refusing(monkeypatch, "p1", Rejected("busy", "later", retryable=True))
    workspace.run(sync)
    assert workspace.plan(sync).counts["waiting"] == {"busy": 1}
    assert retry_rows(workspace.wh, "people") == 1
    assert workspace.plan(sync).counts["add"] == {"retry": 1}


def test_the_history_of_a_person_follows_merges(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    sync = workspace.sync(MESSAGES)
    workspace.source([("p1", "c1", "p1@x.example", "A"), ("p2", "c2", "p2@x.example", "B")])
    refusing(monkeypatch, "p2|c2|2026-06-15 03:00:00", Rejected("550", "no mailbox p2@x.example"))
    workspace.run(sync)
    workspace.wh.execute("create schema identity")
    workspace.wh.execute(
        "create table identity.identity_merges as select 'merge' as change, 'p2' as from_profile_id, "
        "'p1' as to_profile_id, timestamp '2026-06-15 04:30:00' as happened_at"
    )
    history = row_history(workspace.wh, former_ids(workspace.wh, "p1"))
    assert history.profiles == ("p1", "p2")
    assert {(state.member_key, state.held, state.status) for state in history.states} == {
        ("c1", True, "delivered"),
        ("c2", False, "rejected"),
    }
    assert {(attempt.status, attempt.code) for attempt in history.attempts} == {
        ("delivered", None),
        ("rejected", "550"),
    }
    assert "x.example" not in repr(history)


def test_status_counts_what_waits(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    sync = workspace.sync(RECORDS)
    workspace.people(4)
    refusing(monkeypatch, "p1", Rejected("busy", "later", retryable=True))
    workspace.run(sync)
    workspace.plan(sync)
    (one,) = sync_statuses(workspace.wh, NOW)
    assert (one.held, one.waiting, one.backlog, one.match_rate) == (3, 1, 1, 0.75)


def test_reset_sends_everything_again_and_says_so_first(workspace: Workspace) -> None:
    sync = workspace.sync(RECORDS)
    workspace.people(4)
    workspace.run(sync)
    workspace.people(3)
    found = reset_sync(workspace.wh, workspace.settings, sync)
    assert (found.held, found.sent_again, found.left_behind) == (4, 3, 1)
    assert workspace.run(sync).planned == {"add": {"new": 3}}
    assert len(held(workspace.settings.outbox)) == 4  # p3 is nobody's any more


def test_messages_are_not_forgotten_by_accident(workspace: Workspace) -> None:
    sync = workspace.sync(MESSAGES)
    workspace.people(2)
    workspace.run(sync)
    with pytest.raises(SyncError, match="2 people get one again"):
        reset_sync(workspace.wh, workspace.settings, sync)
    assert workspace.plan(sync).operations == 0
    reset_sync(workspace.wh, workspace.settings, sync, send_again=True)
    assert workspace.run(sync).outcomes == {"delivered": 2} and len(calls(workspace.settings.outbox)) == 4


def test_a_preview_leaves_no_trace(workspace: Workspace) -> None:
    sync = workspace.sync(RECORDS)
    workspace.people(2)
    sealed = workspace.plan(sync)
    workspace.people(3)
    seen = preview_sync(workspace.wh, workspace.settings, sync, workspace.as_of)
    assert seen.counts == {"add": {"new": 3}} and seen.first_request == "3 rows"
    runs = workspace.wh.query("select plan_id, status from activations.activation_runs").to_pylist()
    assert runs == [{"plan_id": sealed.id, "status": "planned"}]


def test_every_connection_is_tried(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    workspace.write("destinations.yml", "one: {type: fake}\ntwo: {type: files}\n")

    def refuse(self: object) -> None:
        raise StopSync("the destination refuses our credentials (401)", "one", "check the secret")

    monkeypatch.setattr(FakeConnector, "check", refuse)
    found = list(check_connections(load_destinations(workspace.settings), workspace.settings))
    assert [(one.name, one.ok, one.what) for one in found] == [
        ("one", False, "the destination refuses our credentials (401)"),
        ("two", True, None),
    ]


@pytest.mark.parametrize("form", list(Form))
def test_three_forms_of_one_answer(workspace: Workspace, capsys: pytest.CaptureFixture[str], form: Form) -> None:
    sync = workspace.sync(RECORDS)
    workspace.people(2)
    plan_answer(workspace.plan(sync), sealed=True).show(form)
    result_answer(workspace.run(sync)).show(form)
    said = capsys.readouterr().out
    assert "p0@mail.example" not in said
    if form is Form.JSON:
        documents = [json.loads(part) for part in said.replace("}\n{", "}\0{").split("\0")]
        assert documents[0]["counts"] == {"add": {"new": 2}} and documents[1]["outcomes"] == {"delivered": 2}
    else:
        assert ("| add | new | 2 |" in said) == (form is Form.MARKDOWN)
        assert ("heddle sync apply" in said) == (form is Form.TABLES)


def test_markdown_keeps_its_table_whole(capsys: pytest.CaptureFixture[str]) -> None:
    Answer({}, [Section("T", ["a"], [["x|y\nz"]])]).show(Form.MARKDOWN)
    assert "| x\\|y z |" in capsys.readouterr().out
