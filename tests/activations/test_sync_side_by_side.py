"""Syncs of different accounts run at once; those of one account, and so of one audience, never do."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pytest
from fake_destination import FakeConnector, calls
from sync_workspace import IMPATIENT, RECORDS, Workspace

from activations import Sync
from activations.contract import Batch
from activations.pacing import lock_file
from activations.side_by_side import Ended, _lanes, run_side_by_side
from heddle.errors import StopSync, SyncError


@pytest.fixture
def four(workspace: Workspace) -> list[Sync]:
    """a and b have an account each; c1 and c2 share one."""
    lines = [f"{name}: {{type: fake, account: {name}}}" for name in "abc"]
    workspace.write("destinations.yml", "\n".join(lines) + "\n")
    workspace.people(6)
    return [of(workspace, name) for name in ("a", "b", "c1", "c2")]


def of(workspace: Workspace, name: str, text: str = RECORDS) -> Sync:
    own = text.replace("sync: people", f"sync: {name}").replace("destination: fake", f"destination: {name[0]}")
    return workspace.sync(own)


def run(workspace: Workspace, syncs: Sequence[Sync], **more: object) -> dict[str, Ended]:
    return run_side_by_side(workspace.settings, syncs, workspace.as_of, patience=IMPATIENT, **more)  # type: ignore[arg-type]


def deciding(monkeypatch: pytest.MonkeyPatch, decide: object) -> None:
    monkeypatch.setattr(FakeConnector, "decide", staticmethod(decide))  # type: ignore[arg-type]


def delivered(ended: dict[str, Ended]) -> dict[str, int]:
    return {name: one.result.delivered for name, one in ended.items() if one.result}


def test_two_accounts_are_under_way_at_once(
    workspace: Workspace, four: list[Sync], monkeypatch: pytest.MonkeyPatch
) -> None:
    both = threading.Barrier(2, timeout=120)
    met: set[str] = set()

    def meet(batch: Batch, index: int) -> None:
        if batch.target.sync not in met:
            met.add(batch.target.sync)
            both.wait()  # breaks, and fails both syncs, when the other one is not in its own call

    deciding(monkeypatch, meet)
    assert delivered(run(workspace, four[:2])) == {"a": 6, "b": 6} and met == {"a", "b"}


def test_one_account_and_one_audience_never(
    workspace: Workspace, four: list[Sync], monkeypatch: pytest.MonkeyPatch
) -> None:
    same = "audience: Everybody\n"
    syncs = [of(workspace, name, RECORDS + (same if name != "c2" else "")) for name in ("c1", "c2", "c3", "a", "b")]
    busy: Counter[str] = Counter()
    most: Counter[str] = Counter()

    def slow(batch: Batch, index: int) -> None:
        account = batch.target.sync[0]
        busy[account] += 1
        most[account] = max(most[account], busy[account])
        time.sleep(0.02)
        busy[account] -= 1

    deciding(monkeypatch, slow)
    assert delivered(run(workspace, syncs)) == {"c1": 6, "c2": 6, "c3": 6, "a": 6, "b": 6}
    assert most == {"a": 1, "b": 1, "c": 1}


def test_syncs_of_one_account_share_its_rate_and_its_day(
    workspace: Workspace, four: list[Sync], monkeypatch: pytest.MonkeyPatch
) -> None:
    workspace.people(12)
    at: list[float] = []
    deciding(monkeypatch, lambda batch, index: at.append(time.monotonic()) if index == 0 else None)
    paced = RECORDS.replace("object: record", "object: paced")
    assert delivered(run(workspace, [of(workspace, name, paced) for name in ("c1", "c2")])) == {"c1": 12, "c2": 12}
    assert len(at) == 8 and at[-1] - at[0] >= 0.55  # 5 at once, and 5 a second from there on
    metered = RECORDS.replace("object: record", "object: metered")
    ended = run(workspace, [of(workspace, name, metered) for name in ("a1", "a2")])
    assert [ended[name].result.status for name in ("a1", "a2")] == ["paused", "paused"]  # type: ignore[union-attr]
    assert workspace.value("select calls from activations.activation_accounts where account = 'a'") == 2


def test_one_that_fails_stops_no_other(workspace: Workspace, four: list[Sync], monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(batch: Batch, index: int) -> None:
        if batch.target.sync == "a":
            raise StopSync("nobody answers")
        if batch.target.sync == "c1":
            raise KeyError("jan@mail.example")

    deciding(monkeypatch, fail)
    gone = of(workspace, "b2", RECORDS.replace("sync_people", "sync_nowhere"))
    ended = run(workspace, [*four, gone])
    assert delivered(ended) == {"b": 6, "c2": 6}
    assert isinstance(ended["a"].error, StopSync) and "nobody answers" in str(ended["a"].error)
    assert isinstance(ended["c1"].error, SyncError) and "jan@" not in str(ended["c1"].error)
    assert "sync_nowhere" in str(ended["b2"].error)
    deciding(monkeypatch, lambda batch, index: None)
    assert delivered(run(workspace, four)) == {"a": 6, "b": 0, "c1": 6, "c2": 0}


def test_an_account_that_cannot_be_named_stops_no_other(
    workspace: Workspace, four: list[Sync], monkeypatch: pytest.MonkeyPatch
) -> None:
    account = FakeConnector.account

    def broken(connector: FakeConnector) -> str:
        if account(connector) == "a":
            raise ValueError("no account")
        return account(connector)

    monkeypatch.setattr(FakeConnector, "account", broken)
    ended = run(workspace, four)
    assert delivered(ended) == {"b": 6, "c1": 6, "c2": 6} and isinstance(ended["a"].error, ValueError)


def test_one_account_under_two_spellings_is_one_lane(workspace: Workspace, four: list[Sync]) -> None:
    spellings = {"a": "https://shop.example", "b": "https://shop.example:443/", "c": "https://shop.example/eu"}
    lines = [f"{name}: {{type: fake, account: '{url}'}}" for name, url in spellings.items()]
    workspace.write("destinations.yml", "\n".join(lines) + "\n")
    lanes = _lanes(workspace.settings, four)
    assert [[sync.sync for sync in lane] for lane in lanes] == [["a", "b"], ["c1", "c2"]]


def test_many_batches_of_four_accounts_settle_in_one_warehouse(workspace: Workspace) -> None:
    names = "abcd"
    workspace.write("destinations.yml", "\n".join(f"{n}: {{type: fake, account: {n}}}" for n in names) + "\n")
    workspace.people(90)
    syncs = [of(workspace, name, text) for name, text in zip(names, (RECORDS,) * 4, strict=True)]
    for label in ("A", "B"):
        workspace.people(90, label)
        assert delivered(run(workspace, syncs)) == dict.fromkeys(names, 90)
    workspace.people(80, "B")
    assert delivered(run(workspace, syncs)) == dict.fromkeys(names, 10)
    assert workspace.value("select count(*) from activations.activation_ledger where held") == 320
    assert workspace.value("select count(*) from activations.activation_in_flight") == 0
    assert all(workspace.plan(sync).operations == 0 for sync in syncs)


def test_an_interrupted_run_stops_behind_a_batch_and_the_next_one_goes_on(
    workspace: Workspace, four: list[Sync]
) -> None:
    workspace.people(60)

    def interrupt(names: Sequence[str], done: int, total: int) -> None:
        if done:
            raise KeyboardInterrupt

    with pytest.MonkeyPatch.context() as patched:
        deciding(patched, lambda batch, index: time.sleep(0.05))
        with pytest.raises(KeyboardInterrupt):
            run(workspace, four[:2], under_way=interrupt)
    sent = len(calls(workspace.settings.outbox))
    assert 0 < sent < 120
    assert workspace.value("select count(*) from activations.activation_in_flight") == 0
    assert sum(delivered(run(workspace, four[:2])).values()) == 120  # with what the stopped plan had delivered
    assert len(calls(workspace.settings.outbox)) == 120


@contextmanager
def locked_elsewhere(workspace: Workspace, account: str, audience: str) -> Iterator[subprocess.Popen[str]]:
    """Another process is busy with the audience until a line is written to it."""
    script = (
        "import sys; from filelock import FileLock\n"
        "with FileLock(sys.argv[1]): print('held', flush=True); sys.stdin.readline()"
    )
    file = lock_file(workspace.settings, account, audience)
    file.parent.mkdir(parents=True, exist_ok=True)
    command = [sys.executable, "-c", script, str(file)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as other:
        assert other.stdout and other.stdout.readline() == "held\n"
        try:
            yield other
        finally:
            other.kill()


def test_a_lock_of_another_process_holds_one_audience_and_no_other(workspace: Workspace, four: list[Sync]) -> None:
    released = threading.Event()

    def let_go(names: Sequence[str], done: int, total: int) -> None:
        if list(names) == ["a"] and not released.is_set():
            released.set()
            other.communicate("\n")

    with locked_elsewhere(workspace, "a", "a") as other:
        ended = run(workspace, four, under_way=let_go)
    assert delivered(ended) == {"a": 6, "b": 6, "c1": 6, "c2": 6} and released.is_set()
    assert ended["a"].seconds > ended["b"].seconds


KILLED = """
import sys
from pathlib import Path
from activations.registry import CONNECTORS
from fake_destination import FakeConnector
CONNECTORS["fake"] = FakeConnector
from activations import load_syncs, run_side_by_side
from heddle.settings import Settings
from sync_workspace import AS_OF
root = Path(sys.argv[1])
settings = Settings.load(root=root, sources=("demo",), state=root / "state", data=root / "data")
run_side_by_side(settings, load_syncs(settings).syncs, AS_OF)
"""


@pytest.mark.parametrize("after", [1, 8, 20])
def test_a_run_that_is_killed_with_several_accounts_under_way_loses_nothing(tmp_path: Path, after: int) -> None:
    with Workspace(tmp_path).opened() as workspace:
        accounts = [f"{name}: {{type: fake, account: {name}}}" for name in "bc"]
        dying = f"a: {{type: fake, account: a, kill_after: {after}}}"
        workspace.write("destinations.yml", "\n".join([dying, *accounts]) + "\n")
        workspace.people(30)
        syncs = [of(workspace, name) for name in ("a", "b", "c1", "c2")]
    command = [sys.executable, "-c", KILLED, str(tmp_path)]
    paths = os.pathsep.join([str(Path(__file__).parent), str(Path(__file__).parents[2])])
    killed = subprocess.run(command, env={**os.environ, "PYTHONPATH": paths}, timeout=120, check=False)
    assert killed.returncode == -signal.SIGKILL
    with Workspace(tmp_path).opened() as workspace:
        workspace.write("destinations.yml", "\n".join([*accounts, "a: {type: fake, account: a}"]) + "\n")
        run(workspace, syncs)
        assert workspace.value("select count(*) from activations.activation_ledger where held") == 120
        assert workspace.value("select count(*) from activations.activation_in_flight") == 0
        assert all(workspace.plan(sync).operations == 0 for sync in syncs)
    sent = Counter(call["key"] for call in calls(tmp_path / "state/outbox"))
    assert len(sent) == 30 and min(sent.values()) >= 4  # twice where that does no harm, never less than once per sync
