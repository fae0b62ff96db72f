"""Destinations that show later what was sent, a file at the end of a run: what is not seen is not delivered."""

import errno
import json
import random
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace
from typing import Any

import pyarrow.parquet as pq
import pytest
from killable_warehouse import KillableWarehouse, Killed
from sync_workspace import IMPATIENT, RECORDS, Workspace

from activations import run_sync
from activations.connectors.files import FilesConnector
from activations.contract import Batch, BatchResult, ObjectSpec
from activations.file_draft import Draft, Finish
from activations.file_formats import FINISH, REWRITE
from activations.registry import CONNECTORS
from activations.sync_file import Sync
from heddle.errors import StopSync

FILE = RECORDS.replace("destination: fake", "destination: outbox").replace("object: record", "object: jsonl")
FILE = FILE.replace("{email: email", "{profile_id: profile_id, email: email")
ROWS = 20  # seven batches, shown after every second one


class Watched(FilesConnector):
    """Small batches, and a look at the file before each of them."""

    name = "watched"
    workspace: Workspace
    seen: list[int]

    @classmethod
    def objects(cls) -> Mapping[str, ObjectSpec]:
        small = {"publish_every": 6}
        return {
            name: replace(spec, limits=replace(spec.limits, max_rows=3), **small)  # type: ignore[arg-type]
            for name, spec in FilesConnector.objects().items()
        }

    def send(self, batch: Batch) -> BatchResult:
        self.seen.append(len(rows(self.workspace)))
        return super().send(batch)


@pytest.fixture
def sync(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> Sync:
    monkeypatch.setitem(CONNECTORS, "watched", Watched)
    monkeypatch.setattr(Watched, "workspace", workspace, raising=False)
    monkeypatch.setattr(Watched, "seen", [], raising=False)
    workspace.write("destinations.yml", "outbox: {type: watched}\n")
    return workspace.sync(FILE)


@pytest.fixture
def parquet(workspace: Workspace, sync: Sync) -> Sync:
    return workspace.sync(FILE.replace("object: jsonl", "object: parquet"))


def rows(workspace: Workspace) -> dict[str, str]:
    """Names by profile; each is there once."""
    found: list[dict[str, str]] = []
    for file in (workspace.settings.outbox / "files").glob("people.*"):
        if file.suffix == ".jsonl":
            found += [json.loads(line) for line in file.read_text().splitlines()]
        if file.suffix == ".parquet":
            found += pq.read_table(file).to_pylist()
    held = {row["profile_id"]: row["name"] for row in found}
    assert len(held) == len(found)
    return held


def delivered(workspace: Workspace) -> int:
    return int(str(workspace.value("select count(*) from activations.activation_outcomes where status = 'delivered'")))


def test_a_large_file_is_shown_in_steps_and_at_the_end(workspace: Workspace, sync: Sync) -> None:
    workspace.people(ROWS)
    assert workspace.run(sync).delivered == ROWS
    assert len(Watched.seen) == 7 and len(set(Watched.seen)) == 3 and max(Watched.seen) < ROWS
    assert len(rows(workspace)) == ROWS
    assert [path.name for path in (workspace.settings.outbox / "files").iterdir()] == ["people.jsonl"]


def test_what_is_in_a_parquet_file_is_written_when_it_is_shown(
    workspace: Workspace, parquet: Sync, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Later batches are added to what there is, and none is written anew for each."""
    rewritten = counted(monkeypatch, REWRITE)
    finished = counted(monkeypatch, FINISH)
    workspace.people(ROWS)
    assert workspace.run(parquet).delivered == ROWS
    assert len(rows(workspace)) == ROWS
    assert len(Watched.seen) == 7 and 2 < len(rewritten) == len(finished) < 5
    workspace.source([(f"p{n}", "", f"p{n}@mail.example", "B") for n in range(3, ROWS)])
    workspace.run(parquet)
    assert rows(workspace) == {f"p{n}": "B" for n in range(3, ROWS)}


def counted(monkeypatch: pytest.MonkeyPatch, verbs: dict[str, Any]) -> list[str]:
    """What was done to Parquet files, as it is done."""
    done: list[str] = []
    verb = verbs["parquet"]

    def also_told(*given: object) -> None:
        done.append(verb.__name__)
        verb(*given)

    monkeypatch.setitem(verbs, "parquet", also_told)
    return done


def test_what_cannot_be_shown_is_not_delivered(
    workspace: Workspace, sync: Sync, monkeypatch: pytest.MonkeyPatch
) -> None:
    shown = iter([True, False])
    show = Draft.show

    def fails(draft: Draft, finish: Finish | None) -> None:
        if not next(shown):
            raise OSError(errno.ENOSPC, "No space left on device")
        show(draft, finish)

    workspace.people(ROWS)
    with monkeypatch.context() as patch:
        patch.setattr(Draft, "show", fails)
        with pytest.raises(StopSync, match="No space left"):
            workspace.run(sync)
    assert 0 < delivered(workspace) <= len(rows(workspace)) < ROWS
    assert workspace.value("select count(*) from activations.activation_ledger where held") == delivered(workspace)
    assert workspace.run(sync).outcomes == {"delivered": ROWS}
    assert len(rows(workspace)) == ROWS and delivered(workspace) == ROWS


@pytest.mark.parametrize("seed", range(12))
def test_a_killed_run_never_counts_what_is_not_seen(
    workspace: Workspace, sync: Sync, monkeypatch: pytest.MonkeyPatch, seed: int
) -> None:
    dice = random.Random(seed)
    if seed % 2:
        sync = workspace.sync(FILE.replace("object: jsonl", "object: parquet"))
    workspace.people(ROWS, "A")
    if seed % 3:
        workspace.run(sync)
        workspace.source([(f"p{n}", "", f"p{n}@mail.example", "B") for n in range(5, ROWS + 5)])
    wanted = {f"p{n}": "B" for n in range(5, ROWS + 5)} if seed % 3 else {f"p{n}": "A" for n in range(ROWS)}
    for _ in range(3):
        dying = KillableWarehouse(workspace.wh, dice.randint(20, 120))
        with suppress(Killed):
            run_sync(dying, workspace.settings, sync, workspace.as_of, patience=IMPATIENT)
        held = rows(workspace)
        acknowledged: Any = workspace.wh.query(
            "select profile_id from activations.activation_outcomes where status = 'delivered' and action = 'add'"
        ).to_pylist()
        assert {row["profile_id"] for row in acknowledged} - held.keys() <= {f"p{n}" for n in range(5)}
    workspace.run(sync)
    assert rows(workspace) == wanted
    assert workspace.plan(sync).operations == 0
    assert workspace.value("select count(*) from activations.activation_in_flight") == 0


@pytest.mark.parametrize("name", sorted(CONNECTORS))
def test_only_what_may_be_sent_again_is_shown_later(name: str) -> None:
    for spec in CONNECTORS[name].objects().values():
        assert not spec.publish_every or (spec.idempotent and spec.limits.concurrency == 1 and not spec.receipts)
