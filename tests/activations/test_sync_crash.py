"""Killed anywhere and started again: nothing lost, and what may not be repeated is not."""

import random
import subprocess
import sys
from collections import Counter
from contextlib import suppress
from pathlib import Path

import pytest
from fake_destination import FakeConnector, calls, held
from killable_warehouse import KillableWarehouse, Killed
from sync_workspace import AS_OF, IMPATIENT, MESSAGES, RECORDS, Workspace

from activations import Sync, apply_plan, decide_rows, rows_in_state, run_sync
from activations.client import Unanswered
from activations.contract import Batch
from activations.outcomes import Rejected, Unknown
from heddle.errors import RetryLater, StopSync, SyncError
from heddle.warehouse import open_warehouse

ROWS = 8


def run_until_done(workspace: Workspace, text: str, seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Runs with a kill at a random statement or row each time, at last without one."""
    sync = workspace.sync(text)
    dice = random.Random(seed)
    for _ in range(4):
        rows_left = dice.randint(0, ROWS) if dice.random() < 0.5 else 10_000

        def before() -> None:
            nonlocal rows_left
            rows_left -= 1
            if rows_left < 0:
                raise Killed

        monkeypatch.setattr(FakeConnector, "before", staticmethod(before))
        wh = KillableWarehouse(workspace.wh, dice.randint(8, 70))
        with suppress(Killed):
            run_sync(wh, workspace.settings, sync, workspace.as_of, patience=IMPATIENT)
        if dice.random() < 0.3:
            workspace.people(ROWS, name=dice.choice("ABC"))
    monkeypatch.setattr(FakeConnector, "before", staticmethod(lambda: None))
    workspace.run(sync)
    assert workspace.plan(sync).operations == 0


@pytest.mark.parametrize("seed", range(10))
def test_records_end_as_desired(workspace: Workspace, monkeypatch: pytest.MonkeyPatch, seed: int) -> None:
    workspace.people(ROWS)
    run_until_done(workspace, RECORDS, seed, monkeypatch)
    desired = workspace.wh.query("select profile_id, email, name from activations.sync_people").to_pylist()
    assert held(workspace.settings.outbox) == {
        row["profile_id"]: {"email": row["email"], "name": row["name"]} for row in desired
    }
    assert workspace.value("select count(*) from activations.activation_in_flight") == 0


@pytest.mark.parametrize("seed", range(10))
def test_messages_are_sent_once_or_unknown(workspace: Workspace, monkeypatch: pytest.MonkeyPatch, seed: int) -> None:
    workspace.people(ROWS)
    run_until_done(workspace, MESSAGES, seed, monkeypatch)
    sent = Counter(call["key"].split("|")[0] for call in calls(workspace.settings.outbox))
    settled = workspace.wh.query("select profile_id, status from activations.activation_ledger").to_pylist()
    unknown = {row["profile_id"] for row in settled if row["status"] == "unknown"}
    assert max(sent.values(), default=0) <= 1
    assert {row["profile_id"] for row in settled} == {f"p{n}" for n in range(ROWS)}
    assert {row["profile_id"] for row in settled if row["status"] == "delivered"} <= set(sent)
    assert set(sent) | unknown == {f"p{n}" for n in range(ROWS)}
    listed = workspace.wh.query("select profile_id from activations.message_ledger where status = 'unknown'")
    assert set(listed.column(0).to_pylist()) == unknown


def kill(workspace: Workspace, sync: Sync, monkeypatch: pytest.MonkeyPatch) -> None:
    """A run that dies in its first call."""

    def before() -> None:
        raise Killed

    with monkeypatch.context() as patched, suppress(Killed):
        patched.setattr(FakeConnector, "before", staticmethod(before))
        run_sync(workspace.wh, workspace.settings, sync, workspace.as_of, patience=IMPATIENT)


def test_a_row_that_is_only_ever_created_goes_out_again(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    sync = workspace.sync(RECORDS + "match: create_only\n")
    workspace.people(2)
    kill(workspace, sync, monkeypatch)
    workspace.people(3)  # the source moves, so that the plan is not resumed
    assert workspace.run(sync).planned == {"add": {"new": 1}, "change": {"retry": 2}}
    assert set(held(workspace.settings.outbox)) == {"p0", "p1", "p2"}
    assert workspace.plan(sync).counts == {"unchanged": {"": 3}}


def test_a_person_decides_about_an_unknown_mail(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    sync = workspace.sync(MESSAGES)
    workspace.people(2)
    kill(workspace, sync, monkeypatch)
    assert workspace.run(sync).outcomes == {"unknown": 2}
    rows, total = rows_in_state(workspace.wh, "unknown", "mails")
    assert total == 2 and all(row.message_id for row in rows)
    keys = {str(row.profile_id): str(row.key) for row in rows}
    assert decide_rows(workspace.wh, workspace.settings, sync, [keys["p0"][:12]], sent=True) == 1
    assert decide_rows(workspace.wh, workspace.settings, sync, [keys["p1"]], sent=False) == 1
    assert rows_in_state(workspace.wh, "unknown") == ([], 0)
    assert workspace.run(sync).planned == {"add": {"new": 1}, "unchanged": {"": 1}}
    assert [call["key"].split("|")[0] for call in calls(workspace.settings.outbox)] == ["p1"]
    assert workspace.value("select count(*) from activations.message_ledger where status = 'sent'") == 2
    assert workspace.plan(sync).counts == {"unchanged": {"": 2}}


@pytest.mark.parametrize("sent", [True, False])
def test_a_decision_outlasts_the_plan_that_stopped_in_doubt(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch, sent: bool
) -> None:
    """The plan is folded again when it is resumed; what the log says last is what a person said."""
    sync = workspace.sync(MESSAGES)
    workspace.people(4)
    monkeypatch.setattr(FakeConnector, "decide", staticmethod(_in_doubt))
    with pytest.raises(StopSync):
        workspace.run(sync)
    monkeypatch.setattr(FakeConnector, "decide", staticmethod(lambda batch, i: None))
    assert workspace.value("select status from activations.activation_runs") == "stopped"
    assert decide_rows(workspace.wh, workspace.settings, sync, [], sent) == 3
    resumed = workspace.run(sync)
    assert resumed.resumed and resumed.outcomes.get("unknown") is None
    assert resumed.outcomes["delivered"] == 4 if sent else resumed.outcomes == {"released": 3, "delivered": 4}
    assert len(calls(workspace.settings.outbox)) == (1 if sent else 4)
    assert workspace.plan(sync).counts == {"unchanged": {"": 4}}


def _in_doubt(batch: Batch, index: int) -> Unknown | None:
    if len(batch.operations) == 1:
        raise StopSync("nobody answers")
    return Unknown("the connection broke")


def test_a_decision_is_about_rows_that_are_unknown(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    sync = workspace.sync(MESSAGES)
    workspace.people(2)
    kill(workspace, sync, monkeypatch)
    workspace.run(sync)
    for key, said in (("ffff0000ffff", "stands for 0"), ("f", "too short"), ("' or 1=1 --", "stands for 0")):
        with pytest.raises(SyncError, match=said):
            decide_rows(workspace.wh, workspace.settings, sync, [key], sent=True)
    with pytest.raises(SyncError, match="go out again by themselves"):
        decide_rows(workspace.wh, workspace.settings, workspace.sync(RECORDS), [], sent=True)
    assert rows_in_state(workspace.wh, "unknown", limit=1)[1] == 2
    assert decide_rows(workspace.wh, workspace.settings, sync, [], sent=True) == 2


SCRIPT = """
import sys
from pathlib import Path
from activations.registry import CONNECTORS
from fake_destination import FakeConnector
CONNECTORS["fake"] = FakeConnector
from activations import load_syncs, run_sync
from heddle.settings import Settings
from heddle.warehouse import open_warehouse
from sync_workspace import AS_OF
root = Path(sys.argv[1])
settings = Settings.load(root=root, sources=("demo",), state=root / "state", data=root / "data")
with open_warehouse(settings) as wh:
    run_sync(wh, settings, load_syncs(settings)["{name}"], AS_OF)
"""


@pytest.mark.parametrize(("text", "name", "after"), [(RECORDS, "people", 4), (MESSAGES, "mails", 5)])
def test_a_process_that_is_killed(tmp_path: Path, text: str, name: str, after: int) -> None:
    workspace = Workspace(tmp_path)
    with workspace.opened():
        workspace.people(ROWS)
        workspace.write("destinations.yml", f"fake: {{type: fake, kill_after: {after}}}\n")
        workspace.sync(text)
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT.replace("{name}", name), str(tmp_path)],
        cwd=Path(__file__).parent,
        capture_output=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == -9, done.stderr.decode()
    workspace.write("destinations.yml", "fake: {type: fake}\n")
    with open_warehouse(workspace.settings) as workspace.wh:
        result = workspace.run(workspace.sync(text))
        assert workspace.as_of == AS_OF and result.resumed
        sent = Counter(call["key"].split("|")[0] for call in calls(workspace.settings.outbox))
        if name == "people":
            assert sorted(held(workspace.settings.outbox)) == [f"p{n}" for n in range(ROWS)]
        else:
            assert max(sent.values()) == 1 and result.outcomes["delivered"] + result.outcomes["unknown"] == ROWS
        assert workspace.plan(workspace.sync(text)).operations == 0


def killed_behind_a_call(workspace: Workspace, sync: Sync, monkeypatch: pytest.MonkeyPatch) -> None:
    """The destination has the first batch, and nobody wrote it down."""
    wh = KillableWarehouse(workspace.wh, 1_000_000)

    def decide(batch: Batch, index: int) -> None:
        wh._left = 0 if index == 2 else wh._left

    with monkeypatch.context() as patched, suppress(Killed):
        patched.setattr(FakeConnector, "decide", staticmethod(decide))
        run_sync(wh, workspace.settings, sync, workspace.as_of, patience=IMPATIENT)
    assert workspace.statuses() == {} and set(held(workspace.settings.outbox)) == {"p0", "p1", "p2"}


def leaves_and_is_gone(workspace: Workspace, sync: Sync) -> None:
    workspace.source([("p7", "", "p7@mail.example", "A")])
    workspace.run(sync)
    assert set(held(workspace.settings.outbox)) == {"p7"}
    assert workspace.value("select count(*) from activations.activation_in_flight") == 0


def test_what_may_be_there_is_not_forgotten_by_a_resumed_run_that_never_came_to_it(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    sync = workspace.sync(RECORDS)
    workspace.people(ROWS)
    killed_behind_a_call(workspace, sync, monkeypatch)

    def gone() -> None:
        raise StopSync("gone")

    with monkeypatch.context() as patched:
        patched.setattr(FakeConnector, "before", staticmethod(gone))
        for _ in range(2):
            with pytest.raises(StopSync):
                workspace.run(sync)
    leaves_and_is_gone(workspace, sync)


def test_what_may_be_there_is_not_forgotten_by_a_second_try_that_is_refused(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The answer to the first call is lost in the middle of it, and then the destination is closed."""
    answers = iter([None, RetryLater("no answer", 0)])

    def decide(batch: Batch, index: int) -> None:
        if answer := next(answers, StopSync("closed")):
            raise answer

    sync = workspace.sync(RECORDS)
    workspace.people(ROWS)
    with monkeypatch.context() as patched:
        patched.setattr(FakeConnector, "decide", staticmethod(decide))
        with pytest.raises(StopSync, match="closed"):
            workspace.run(sync)
    assert set(held(workspace.settings.outbox)) == {"p0"}
    leaves_and_is_gone(workspace, sync)


def test_a_refusal_behind_a_kill_does_not_say_that_nothing_is_there(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    sync = workspace.sync(RECORDS)
    workspace.people(ROWS)
    killed_behind_a_call(workspace, sync, monkeypatch)

    def decide(batch: Batch, index: int) -> Rejected | None:
        return Rejected("busy", "later", retryable=True) if batch.op_ids[index] == 1 else None

    with monkeypatch.context() as patched:
        patched.setattr(FakeConnector, "decide", staticmethod(decide))
        assert workspace.run(sync).outcomes == {"delivered": ROWS - 1, "rejected": 1}
    leaves_and_is_gone(workspace, sync)


def test_a_refusal_behind_a_lost_answer_does_not_say_that_nothing_is_there(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Once also with a person whose address no call was ever made for."""
    answers = iter([None, Unanswered("no answer"), Rejected("busy", "later", retryable=True)])

    def decide(batch: Batch, index: int) -> Rejected | None:
        answer = next(answers, None)
        if isinstance(answer, Unanswered):
            raise answer
        return answer

    sync = workspace.sync(RECORDS)
    people = [(f"p{n}", "", f"p{n}@mail.example", "A") for n in range(ROWS)]
    workspace.source([people[0], ("p1", "", "no@address.", "A"), *people[2:]])
    with monkeypatch.context() as patched:
        patched.setattr(FakeConnector, "decide", staticmethod(decide))
        counts = workspace.run(sync).counts
    assert counts["rejected"] + counts.get("invalid", 0) == 2
    ledger = "select string_agg(profile_id, ' ' order by 1) from activations.activation_ledger where not held"
    assert workspace.value(ledger) in ("p1", None)
    leaves_and_is_gone(workspace, sync)


def test_what_may_be_there_is_not_forgotten_by_a_plan_that_cannot_be_applied_any_more(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    sync = workspace.sync(RECORDS)
    workspace.people(ROWS)
    killed_behind_a_call(workspace, sync, monkeypatch)
    workspace.source([("p7", "", "p7@mail.example", "A")])
    plan_id = str(workspace.value("select plan_id from activations.activation_runs"))
    with pytest.raises(SyncError, match="has moved since"):
        apply_plan(workspace.wh, workspace.settings, plan_id)
    assert workspace.run(sync).outcomes == {"delivered": 4}
    assert set(held(workspace.settings.outbox)) == {"p7"}
