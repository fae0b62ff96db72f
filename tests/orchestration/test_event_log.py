"""The event log with kept connections: it stores what Dagster's own stores, in no more open files than it says."""

from collections.abc import Iterator
from pathlib import Path

import dagster as dg
import pytest
from dagster._core.events import DagsterEvent, DagsterEventType, StepMaterializationData
from dagster._core.storage.event_log.sqlite.sqlite_event_log import SqliteEventLogStorage
from dagster._core.utils import make_new_run_id

from orchestration.event_log import KEPT, KeptEventLog
from orchestration.run_history import forget_old_runs

KEY = dg.AssetKey("table")


def entry(run_id: str, n: int) -> dg.EventLogEntry:
    data = StepMaterializationData(dg.AssetMaterialization(KEY, metadata={"n": n}))
    event = DagsterEvent(DagsterEventType.ASSET_MATERIALIZATION.value, "job", step_key="s", event_specific_data=data)
    return dg.EventLogEntry(None, 20, f"event {n}", run_id, 1_000.0 + n, dagster_event=event)


@pytest.fixture
def kept(tmp_path: Path) -> Iterator[KeptEventLog]:
    storage = KeptEventLog(str(tmp_path / "kept"))
    yield storage
    storage.dispose()


def store(storage: SqliteEventLogStorage, runs: list[str]) -> None:
    for n in range(3):
        for run_id in runs:
            storage.store_event(entry(run_id, n))


def seen(storage: SqliteEventLogStorage, runs: list[str]) -> list[object]:
    logs = [[entry.user_message for entry in storage.get_logs_for_run(run_id)] for run_id in runs]
    records = storage.fetch_materializations(KEY, limit=100).records
    return [*logs, [(record.run_id, record.asset_materialization) for record in records]]


def open_files(folder: Path) -> set[str]:
    """The SQLite files of `folder` that this process has open."""
    links = (path.readlink() for path in Path("/proc/self/fd").iterdir() if path.is_symlink())
    return {link.name for link in links if link.parent == folder and link.suffix == ".db"}


def test_it_stores_what_dagsters_own_stores(kept: KeptEventLog, tmp_path: Path) -> None:
    own = SqliteEventLogStorage(str(tmp_path / "own"))
    runs = [make_new_run_id() for _ in range(KEPT + 2)]
    for storage in (kept, own):
        store(storage, runs)
    assert seen(kept, runs) == seen(own, runs)
    # the files are Dagster's: either reads what the other wrote, also while the connections are kept
    assert seen(SqliteEventLogStorage(str(tmp_path / "kept")), runs) == seen(own, runs)


@pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="asks Linux which files are open")
def test_it_keeps_the_connections_that_were_used_last(kept: KeptEventLog, tmp_path: Path) -> None:
    runs = [make_new_run_id() for _ in range(3 * KEPT)]
    for run_id in runs:
        kept.store_event(entry(run_id, 1))
        assert len(open_files(tmp_path / "kept")) <= KEPT
    latest = {f"{run_id}.db" for run_id in runs[1 - KEPT :]}
    assert open_files(tmp_path / "kept") == latest | {"index.db"}
    kept.get_logs_for_run(runs[0])
    assert f"{runs[0]}.db" in open_files(tmp_path / "kept")
    kept.dispose()
    assert open_files(tmp_path / "kept") == set()


def test_a_wiped_log_starts_anew(kept: KeptEventLog) -> None:
    runs = [make_new_run_id()]
    store(kept, runs)
    kept.wipe()
    assert seen(kept, runs) == [[], []]
    store(kept, runs)
    assert Path(kept.path_for_shard(runs[0])).exists()
    assert len(kept.get_logs_for_run(runs[0])) == 3


def test_a_table_is_looked_for_until_it_is_there(kept: KeptEventLog, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []

    def counted(self: SqliteEventLogStorage, name: str) -> bool:
        asked.append(name)
        return name != "late" or asked.count(name) > 1

    monkeypatch.setattr(SqliteEventLogStorage, "has_table", counted)
    assert [kept.has_table(name) for name in ("late", "late", "late", "event_logs")] == [False, True, True, True]
    store(kept, [make_new_run_id()])
    assert asked.count("late") == 2 and asked.count("event_logs") == 1


@pytest.fixture
def instance(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[dg.DagsterInstance]:
    """As the repository's own dagster.yaml makes it."""
    (tmp_path / "dagster.yaml").write_text((Path(__file__).parents[2] / "dagster.yaml").read_text())
    monkeypatch.chdir(tmp_path)
    with dg.DagsterInstance.from_config(str(tmp_path)) as made:
        yield made


def test_dagster_yaml_makes_it(instance: dg.DagsterInstance) -> None:
    assert type(instance.event_log_storage) is KeptEventLog


@dg.asset
def table() -> None:
    return


@dg.asset_check(asset=table)
def sound() -> dg.AssetCheckResult:
    return dg.AssetCheckResult(passed=True)


def test_old_runs_are_forgotten(instance: dg.DagsterInstance, tmp_path: Path) -> None:
    """With their files and checks, the oldest first; those that are left are whole."""
    runs = [dg.materialize([table, sound], instance=instance).run_id for _ in range(4)]
    last = instance.get_run_record_by_id(runs[-1])
    assert last is not None
    assert [forget_old_runs(instance, last.create_timestamp, at_once=2) for _ in range(3)] == [2, 1, 0]
    assert [run for run in runs if instance.get_run_by_id(run)] == runs[3:]
    kept = {path.name.partition(".")[0] for path in (tmp_path / ".dagster/storage/history/runs").iterdir()}
    assert kept - {"", "index"} == {runs[3]}
    assert [record.run_id for record in instance.fetch_materializations(table.key, limit=9).records] == runs[3:]
    checks = instance.event_log_storage.get_asset_check_execution_history(sound.check_key, limit=9)
    assert [check.run_id for check in checks] == runs[3:]
    assert instance.all_logs(runs[3]) and not instance.all_logs(runs[0])
