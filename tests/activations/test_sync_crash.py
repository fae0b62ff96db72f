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

from activations import Sync, run_sync
from heddle.warehouse import open_warehouse

ROWS = 8
DESTINATIONS = Path(__file__).parents[2] / "docs" / "destinations.md"
DECISIONS = [part.strip() for part in DESTINATIONS.read_text().split("```sql\n")[1].split("```")[0].split(";")][:4]


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
    listed, arrived, told, again = DECISIONS
    rows = workspace.wh.query(listed).to_pylist()
    assert {row["profile_id"] for row in rows} == {"p0", "p1"} and all(row["message_id"] for row in rows)
    keys = {row["profile_id"]: row["key_hash"] for row in rows}
    for statement in (arrived, told):
        workspace.wh.execute(statement.replace("KEY_HASH", keys["p0"]).replace("SYNC", "mails"))
    workspace.wh.execute(again.replace("KEY_HASH", keys["p1"]).replace("SYNC", "mails"))
    assert workspace.run(sync).planned == {"add": {"new": 1}, "unchanged": {"": 1}}
    assert [call["key"].split("|")[0] for call in calls(workspace.settings.outbox)] == ["p1"]
    sent = "select count(*) from activations.message_ledger where status = 'sent'"
    assert workspace.value(sent) == 2


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
