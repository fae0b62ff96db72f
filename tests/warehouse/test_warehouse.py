"""The warehouse: statements in, Arrow out, one writer at a time, readers on a copy."""

import os
import subprocess
import sys
import time
from pathlib import Path

import pyarrow as pa
import pytest

from heddle.errors import SettingsError, WarehouseError
from heddle.settings import Settings
from heddle.warehouse import identifier, literal, open_warehouse, prepare_warehouse, publish, qualified, run_lock


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    (tmp_path / "dbt_project").mkdir()
    return Settings.load(tmp_path, state=tmp_path / "state", sources="demo")


def test_statements_and_arrow(settings: Settings) -> None:
    with open_warehouse(settings) as warehouse:
        prepare_warehouse(warehouse)
        prepare_warehouse(warehouse)
        assert warehouse.tables("raw") == ["raw_cursors", "raw_files", "raw_rejects"]
        assert warehouse.columns("heddle.clock") == {"as_of": "timestamp"}
        assert warehouse.columns("heddle.nothing") == {}
        warehouse.execute('create table "heddle"."a ""b" (n bigint, t varchar)')
        table = pa.table({"t": ["x", "y"], "n": [1, 2]})
        assert warehouse.append('heddle.a "b', table) == 2
        assert warehouse.append('heddle.a "b', table.select(["n"])) == 2
        assert warehouse.execute('update "heddle"."a ""b" set n = n + ? where t is not null', [1]) == 2
        assert warehouse.scalar('select sum(n) from heddle."a ""b"') == 8
        assert warehouse.scalar("select 1 where false") is None
        assert [b.num_rows for b in warehouse.stream("select range from range(?)", [5000], 2048)] == [2048, 2048, 904]
        assert warehouse.query("select timestamptz '2026-01-01 00:00+02'::timestamp::varchar as t").to_pylist() == [
            {"t": "2025-12-31 22:00:00"}
        ]


def test_columns_are_told_of_tables_and_views_also_within_a_transaction(settings: Settings) -> None:
    with open_warehouse(settings) as warehouse, warehouse.transaction():
        assert warehouse.columns("nowhere.nothing") == warehouse.columns("main.nothing") == {}
        warehouse.execute('create table main."a ""b" (id bigint, "Of what" decimal(9, 2)[], told timestamp)')
        warehouse.execute('create view main.seen as select told, id from main."a ""b"')
        assert warehouse.columns('main.a "b') == {"id": "bigint", "Of what": "decimal(9,2)[]", "told": "timestamp"}
        assert warehouse.columns("main.seen") == {"told": "timestamp", "id": "bigint"}


def test_a_transaction_is_all_or_nothing(settings: Settings) -> None:
    with open_warehouse(settings) as warehouse:
        warehouse.execute("create table t (n bigint)")
        with pytest.raises(RuntimeError), warehouse.transaction():
            warehouse.execute("insert into t values (1)")
            with warehouse.transaction():
                warehouse.execute("insert into t values (2)")
            raise RuntimeError
        assert warehouse.scalar("select count(*) from t") == 0
        with pytest.raises(WarehouseError), warehouse.transaction():
            warehouse.execute("insert into t values (1)")
            warehouse.execute("insert into missing values (1)")
        with warehouse.transaction():
            warehouse.execute("insert into t values (3)")
        assert warehouse.scalar("select sum(n) from t") == 3


def test_bound_rows_are_let_go_inside_a_transaction(settings: Settings) -> None:
    with open_warehouse(settings) as warehouse, warehouse.transaction():
        warehouse.execute("create table t (n bigint)")
        before = pa.total_allocated_bytes()
        for _ in range(3):
            rows = pa.table({"n": pa.array(range(100_000), pa.int64())})
            with warehouse.bound("incoming", rows):
                assert warehouse.scalar("select count(*) from incoming") == 100_000
            warehouse.append("main.t", rows)
            del rows
        assert pa.total_allocated_bytes() - before < 100_000 * 8


def test_errors_carry_no_values(settings: Settings) -> None:
    with open_warehouse(settings) as warehouse:
        with pytest.raises(WarehouseError) as caught:
            warehouse.execute("select cast('anna@example.com' as bigint)")
        assert "anna" not in str(caught.value)
        assert str(settings.warehouse_path) in str(caught.value)


_HOLD = """
import duckdb, sys, time
connection = duckdb.connect(sys.argv[1])
print("held", flush=True)
time.sleep(float(sys.argv[2]))
"""


def hold(path: Path, seconds: float) -> subprocess.Popen[str]:
    path.parent.mkdir(parents=True, exist_ok=True)
    process = subprocess.Popen(
        [sys.executable, "-c", _HOLD, str(path), str(seconds)], stdout=subprocess.PIPE, text=True
    )
    assert process.stdout
    assert process.stdout.readline() == "held\n"
    return process


def test_another_process_is_waited_for(settings: Settings) -> None:
    with hold(settings.warehouse_path, 0.7), open_warehouse(settings) as warehouse:
        assert warehouse.scalar("select 1") == 1
    with hold(settings.warehouse_path, 30) as other:
        with pytest.raises(WarehouseError, match=f"pid {other.pid}"), open_warehouse(settings, wait=0.3):
            pass
        other.kill()


def test_a_file_that_is_no_warehouse_and_one_that_is_not_there(settings: Settings) -> None:
    with pytest.raises(WarehouseError, match="no warehouse yet"), open_warehouse(settings, read_only=True):
        pass
    settings.warehouse_path.parent.mkdir(parents=True)
    settings.warehouse_path.write_text("hello " * 3000)
    with pytest.raises(WarehouseError), open_warehouse(settings, wait=0.2):
        pass


def test_published_copy_is_whole_while_readers_hold_the_old_one(settings: Settings) -> None:
    with open_warehouse(settings) as warehouse:
        warehouse.execute("create table t as select 1 as n")
    path = publish(settings)
    reader = settings.model_copy(update={"warehouse_path": path})
    with open_warehouse(reader, read_only=True) as old:
        with open_warehouse(settings) as warehouse:
            warehouse.execute("insert into t values (2)")
        publish(settings)
        assert old.scalar("select count(*) from t") == 1
    with open_warehouse(reader, read_only=True) as new:
        assert new.scalar("select count(*) from t") == 2
    assert sorted(file.name for file in settings.state.iterdir()) == ["published.duckdb", "warehouse.duckdb"]


_RUN = """
import sys, time
from pathlib import Path
from heddle.settings import Settings
from heddle.warehouse import run_lock
root = Path(sys.argv[1])
with run_lock(Settings.load(root, state=root / "state")):
    print("held", flush=True)
    time.sleep(30)
"""


def test_one_run_at_a_time_and_a_killed_one_frees_the_lock(settings: Settings) -> None:
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).resolve().parents[2])}
    command = [sys.executable, "-c", _RUN, str(settings.root)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment) as other:
        assert other.stdout
        assert other.stdout.readline() == "held\n"
        waited: list[int | None] = []
        with pytest.raises(WarehouseError, match=f"pid {other.pid}"), run_lock(settings, waited.append, timeout=0.2):
            pass
        assert waited == [other.pid]
        other.kill()
    started = time.monotonic()
    with run_lock(settings, waited.append):
        assert time.monotonic() - started < 5
    assert waited == [other.pid]


def test_a_state_folder_that_cannot_be_made_is_an_error_for_people(settings: Settings) -> None:
    in_the_way = settings.root / "a file"
    in_the_way.write_text("")
    elsewhere = settings.model_copy(update={"state": in_the_way / "state"})
    with pytest.raises(WarehouseError, match="the state folder cannot be used") as raised, run_lock(elsewhere):
        pass
    assert raised.value.hint and "HEDDLE_STATE" in raised.value.hint


def test_quoting() -> None:
    assert identifier('a"b') == '"a""b"'
    assert qualified('s.a"; drop') == '"s"."a""; drop"'
    assert literal("o'x") == "'o''x'"


def test_settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "dbt_project").mkdir()
    monkeypatch.chdir(tmp_path)
    for name in [name for name in os.environ if name.startswith("HEDDLE_")]:
        monkeypatch.delenv(name)
    settings = Settings.load()
    assert settings.root == tmp_path.resolve()
    assert settings.warehouse_path == tmp_path.resolve() / ".heddle" / "demo" / "warehouse.duckdb"
    monkeypatch.setenv("HEDDLE_SOURCES", "online_retail, demo")
    monkeypatch.setenv("HEDDLE_AS_OF", "2026-06-15T06:30:00+02:00")
    monkeypatch.setenv("HEDDLE_DATA", "../elsewhere")
    settings = Settings.load()
    assert settings.sources == ("online_retail", "demo")
    assert settings.state.name == "online_retail-demo"
    assert str(settings.as_of) == "2026-06-15 04:30:00"
    assert settings.data == tmp_path.parent / "elsewhere"
    assert settings.dbt_env()["HEDDLE_SOURCES"] == "online_retail,demo"
    with pytest.raises(SettingsError, match="NO_SUCH_SECRET is not set"):
        settings.secret("NO_SUCH_SECRET")


@pytest.mark.parametrize(
    "wrong",
    [
        {"time_zone": "Mars/Base"},
        {"sources": "Demo Company"},
        {"as_of": "yesterday"},
        {"memory_limit": "lots"},
        {"warehouse_path": "/x/heddle.duckdb"},
    ],
)
def test_settings_that_cannot_work(tmp_path: Path, wrong: dict[str, str]) -> None:
    with pytest.raises(SettingsError):
        Settings.load(tmp_path, **wrong)
