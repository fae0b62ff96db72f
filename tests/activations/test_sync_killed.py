"""The engine killed at random points, against a destination with a state of its own: it ends as desired, nothing is
lost, nothing that may not be repeated is repeated, and what nobody knows is listed.

HEDDLE_TEST_KILLS sets the number of points (12 by default, spread over the three kinds of objects).
"""

import os
import random
from collections import Counter
from contextlib import suppress

import pytest
from killable_warehouse import KillableWarehouse, Killed
from stateful_destination import StatefulConnector, read
from sync_workspace import IMPATIENT, MESSAGES, RECORDS, Workspace

from activations import run_sync
from activations.registry import CONNECTORS

KILLS = int(os.environ.get("HEDDLE_TEST_KILLS", "12"))
PEOPLE = 11
AUDIENCE = RECORDS.replace("fake", "stateful").replace("object: record", "object: audience")
JOB = AUDIENCE.replace("object: audience", "object: job")
MAIL = (
    MESSAGES.replace("fake", "stateful")
    .replace("object: message", "object: mail")
    .replace("{to: email}", "{email: email}")
)


@pytest.fixture(autouse=True)
def stateful(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(CONNECTORS, "stateful", StatefulConnector)
    monkeypatch.setattr(StatefulConnector, "tick", staticmethod(lambda: None))
    monkeypatch.setattr(StatefulConnector, "refuse", staticmethod(lambda operation: None))


class Dying:
    """A warehouse and a destination that die together at the n-th thing that happens, and stay dead."""

    def __init__(self, workspace: Workspace, after: int, monkeypatch: pytest.MonkeyPatch) -> None:
        self.warehouse = KillableWarehouse(workspace.wh, after)
        monkeypatch.setattr(StatefulConnector, "tick", staticmethod(self.warehouse.tick))

    @property
    def died(self) -> bool:
        return self.warehouse.dead


def desired(workspace: Workspace, dice: random.Random) -> dict[str, str]:
    """Some people, some under another address, with a name that changes."""
    rows = {n: dice.choice("AB") for n in range(PEOPLE) if dice.random() < 0.8} or {0: "A"}
    moved = {n for n in rows if dice.random() < 0.2}
    at = {n: f"p{n}{'.new' if n in moved else ''}@mail.example" for n in rows}
    workspace.source([(f"p{n}", "", at[n], name) for n, name in rows.items()])
    return {at[n]: name for n, name in rows.items()}


def killed_until_done(
    workspace: Workspace, text: str, seed: int, monkeypatch: pytest.MonkeyPatch
) -> tuple[int, dict[str, str]]:
    """A run that is killed once or more, the source moving in between at times; at last one that is not killed."""
    dice, kills = random.Random(seed), 0
    workspace.write("destinations.yml", "stateful: {type: stateful}\n")
    sync = workspace.sync(text)
    wanted = desired(workspace, dice)
    if dice.random() < 0.5:
        workspace.run(sync)
        wanted = desired(workspace, dice)
    for _ in range(dice.randint(1, 3)):
        dying = Dying(workspace, dice.randint(1, 95), monkeypatch)
        with suppress(Killed):
            run_sync(dying.warehouse, workspace.settings, sync, workspace.as_of, patience=IMPATIENT)
        kills += dying.died
        if dice.random() < 0.3:
            wanted = desired(workspace, dice)
    monkeypatch.setattr(StatefulConnector, "tick", staticmethod(lambda: None))
    for _ in range(3):  # an asynchronous destination answers a run later
        workspace.run(sync)
    assert workspace.plan(sync).operations == 0
    assert workspace.value("select count(*) from activations.activation_in_flight") == 0
    return kills, wanted


@pytest.mark.parametrize("seed", range(max(1, KILLS // 3)))
@pytest.mark.parametrize("text", [AUDIENCE, JOB], ids=["audience", "job"])
def test_an_audience_ends_as_desired(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch, text: str, seed: int
) -> None:
    _, wanted = killed_until_done(workspace, text, seed, monkeypatch)
    assert read(workspace.settings.outbox / "stateful.json")["rows"] == wanted
    held = workspace.wh.query("select profile_id from activations.activation_ledger where held").column(0).to_pylist()
    assert len(held) == len(set(held)) == len(wanted)


@pytest.mark.parametrize("seed", range(max(1, KILLS // 3)))
def test_no_mail_is_lost_or_sent_twice(workspace: Workspace, monkeypatch: pytest.MonkeyPatch, seed: int) -> None:
    killed_until_done(workspace, MAIL, seed, monkeypatch)
    sent = read(workspace.settings.outbox / "stateful.json")["sent"]
    rows = workspace.wh.query("select message_id, status from activations.message_ledger").to_pylist()
    said = {row["message_id"]: row["status"] for row in rows}
    assert max(Counter(sent).values(), default=0) <= 1
    assert {name for name, status in said.items() if status == "sent"} <= set(sent)
    assert set(sent) <= set(said) and set(said.values()) <= {"sent", "unknown"}
    people = workspace.wh.query("select profile_id from activations.sync_people").column(0).to_pylist()
    known = workspace.wh.query("select profile_id, status from activations.activation_ledger").to_pylist()
    assert set(people) <= {row["profile_id"] for row in known}
    unknown = {row["profile_id"] for row in known if row["status"] == "unknown"}
    assert workspace.plan(workspace.sync(MAIL)).total("unknown") == len(unknown & set(people))
