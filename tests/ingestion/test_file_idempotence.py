"""docs/decisions/0002-file-idempotence.md, rule by rule; and what a kill or a full disk may not break."""

import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from ingestion_tables import files, raw_table, rejects, rows

from heddle.errors import WarehouseFull
from heddle.ingestion import RawTable, ingest
from heddle.settings import Settings
from heddle.warehouse import Warehouse, open_warehouse
from heddle.warehouse.duckdb import DuckWarehouse


@pytest.fixture
def events() -> RawTable:
    return raw_table(files("events*.jsonl", "jsonl"), "events", id="bigint")


def test_loading_again_changes_nothing(settings: Settings, warehouse: Warehouse, events: RawTable) -> None:
    (settings.data / "events1.jsonl").write_text('{"id":1}\nbad\n')
    assert ingest(warehouse, settings, events).changed
    os.utime(settings.data / "events1.jsonl")
    again = ingest(warehouse, settings, events)
    assert (again.files_seen, again.rows, again.rejects) == (1, 0, 0)
    assert len(rejects(warehouse)) == 1


def test_the_same_content_under_another_name_is_loaded_once(
    settings: Settings, warehouse: Warehouse, events: RawTable
) -> None:
    for name in ("events1.jsonl", "events2.jsonl"):
        (settings.data / name).write_text('{"id":1}\n')
    assert ingest(warehouse, settings, events).rows == 1
    (settings.data / "events1.jsonl").rename(settings.data / "events3.jsonl")
    assert ingest(warehouse, settings, events).rows == 0
    (settings.data / "events2.jsonl").write_text('{"id":1}\n{"id":2}\n')
    assert ingest(warehouse, settings, events).rows == 1
    assert rows(warehouse, events, "id, _file, _row") == [(1, "events1.jsonl", 1), (2, "events2.jsonl", 2)]


def test_a_file_that_grew_gives_only_what_was_added(settings: Settings, warehouse: Warehouse, events: RawTable) -> None:
    path = settings.data / "events.jsonl"
    for added, expected in (('{"id":1}\n{"id":2}', 2), ('\n{"id":3}\n{"i', 1), ('d":4}\n\n{"id":5}\n', 2)):
        with path.open("a") as file:
            file.write(added)
        assert ingest(warehouse, settings, events).rows == expected
    assert rows(warehouse, events, "id, _row") == [(1, 1), (2, 2), (3, 3), (4, 4), (5, 6)]
    assert [row[1:3] for row in rejects(warehouse)] == [(4, '{"i')]


def test_a_csv_that_grew_keeps_its_header_and_its_lines(settings: Settings, warehouse: Warehouse) -> None:
    table = raw_table(files("o.csv", "csv"), id="bigint", note="varchar")
    path = settings.data / "o.csv"
    path.write_text('\ufeffnote,id\n"a\nb",1\n')
    assert ingest(warehouse, settings, table).rows == 1
    with path.open("a") as file:
        file.write("c,2\n")
    assert ingest(warehouse, settings, table).rows == 1
    assert rows(warehouse, table, "note, id, _row") == [("a\nb", 1, 2), ("c", 2, 4)]


def test_any_other_change_is_a_new_version(settings: Settings, warehouse: Warehouse, events: RawTable) -> None:
    path = settings.data / "events.jsonl"
    path.write_text('{"id":1}\n{"id":2}\n')
    ingest(warehouse, settings, events)
    path.write_text('{"id":1}\n{"id":9}\n')
    assert ingest(warehouse, settings, events).rows == 2
    assert warehouse.query("select rows, rejects from raw.raw_files").num_rows == 2


def test_names_are_only_names(settings: Settings, warehouse: Warehouse) -> None:
    table = raw_table(files("**/*.csv", "csv"), id="bigint")
    names = ["a'; drop table x; --.csv", 'b "q".csv', "c [1]*.csv", "d ż.csv"]
    (settings.data / "deep er").mkdir()
    for number, name in enumerate(names):
        (settings.data / "deep er" / name).write_text(f"id\n{number}\n")
    os.close(os.open(os.fsencode(settings.data) + b"/\xff.csv", os.O_CREAT))
    result = ingest(warehouse, settings, table)
    assert (result.rows, result.files_unreadable) == (4, 1)
    assert [row[0] for row in rows(warehouse, table, "_file")] == [f"deep er/{name}" for name in names]


def test_many_small_files(settings: Settings, warehouse: Warehouse) -> None:
    for number in range(300):
        (settings.data / f"events{number}.jsonl").write_text('{"id":1}\n' * 3 + f'{{"id":{number}}}\nbad\n')
    events = raw_table(files("events*.jsonl", "jsonl", reject_limit="20%"), "events", id="bigint")
    result = ingest(warehouse, settings, events)
    assert (result.rows, result.rejects, result.files_loaded, result.over_limit) == (1200, 300, 300, False)
    accounted = warehouse.query("select distinct rows, rejects from raw.raw_files").to_pylist()
    assert accounted == [{"rows": 4, "rejects": 1}]


def test_a_full_disk_undoes_the_file_and_says_what_to_do(
    settings: Settings, warehouse: Warehouse, events: RawTable, monkeypatch: pytest.MonkeyPatch
) -> None:
    (settings.data / "events.jsonl").write_text('{"id":1}\nbad\n')
    whole = DuckWarehouse.append

    def full(self: DuckWarehouse, table: str, rows: pa.Table) -> int:
        if table == "raw.raw_files":
            raise WarehouseFull("No space left on device", hint="free disk space and run again")
        return whole(self, table, rows)

    with monkeypatch.context() as patch, pytest.raises(WarehouseFull, match="free disk space"):
        patch.setattr(DuckWarehouse, "append", full)
        ingest(warehouse, settings, events)
    assert rows(warehouse, events) == rejects(warehouse) == []
    result = ingest(warehouse, settings, events)
    assert (result.rows, result.rejects) == (1, 1)


_LOAD = """
import sys
from pathlib import Path
sys.path[:0] = [{repo!r}, {tests!r}]
from ingestion_tables import files, raw_table
from heddle.ingestion import ingest
from heddle.settings import Settings
from heddle.warehouse import open_warehouse
settings = Settings.load(Path({root!r}), data=Path({root!r}) / "data", state=Path({root!r}) / "state", threads=1)
print("go", flush=True)
with open_warehouse(settings) as warehouse:
    ingest(warehouse, settings, raw_table(files("f*.jsonl", "jsonl"), "f", id="bigint", note="varchar"))
"""


def test_killed_anywhere_it_ends_in_the_same_state(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    lines = [f'{{"id":{n},"note":"{"x" * 40}"}}' if n % 50 else "bad" for n in range(30_000)]
    for number in range(3):
        (settings.data / f"f{number}.jsonl").write_text("\n".join([f'{{"id":-{number + 1}}}', *lines]))
    here = Path(__file__).resolve().parent
    code = _LOAD.format(repo=str(here.parents[1]), tests=str(here), root=str(settings.root))
    chance = random.Random(7)
    for _ in range(4):
        _run_and_kill([sys.executable, "-c", code], chance.uniform(0.0, 0.5))
    table = raw_table(files("f*.jsonl", "jsonl"), "f", id="bigint", note="varchar")
    with open_warehouse(settings) as warehouse:
        ingest(warehouse, settings, table)
        assert warehouse.scalar("select count(*) from shop.f") == 3 * (30_001 - 600)
        assert warehouse.scalar("select count(*) from raw.raw_rejects") == 3 * 600
        assert warehouse.scalar("select count(*) from (select distinct _file, _row from shop.f)") == 3 * (30_001 - 600)
        assert warehouse.scalar("select sum(rows) from raw.raw_files") == 3 * (30_001 - 600)


def _run_and_kill(command: Sequence[str], after: float) -> None:
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as process:
        assert process.stdout
        process.stdout.readline()
        time.sleep(after)
        process.send_signal(signal.SIGKILL)
        process.wait()


def test_a_parquet_file_has_no_prefix(settings: Settings, warehouse: Warehouse) -> None:
    table = raw_table(files("p.parquet", "parquet"), "p", id="bigint")
    pq.write_table(pa.table({"id": [1]}), settings.data / "p.parquet")
    ingest(warehouse, settings, table)
    pq.write_table(pa.table({"id": [1, 2]}), settings.data / "p.parquet")
    assert ingest(warehouse, settings, table).rows == 2


def test_a_torn_file_stays_red_until_it_is_repaired(settings: Settings, warehouse: Warehouse) -> None:
    table = raw_table(files("p*.parquet", "parquet"), "p", id="bigint")
    path = settings.data / "p1.parquet"
    pq.write_table(pa.table({"id": [1]}), path)
    whole = path.read_bytes()
    path.write_bytes(whole[:-9])
    pq.write_table(pa.table({"id": [2]}), settings.data / "p2.parquet")

    def state() -> tuple[int, bool, int]:
        result = ingest(warehouse, settings, table)
        return result.files_unreadable, result.over_limit, result.rejects

    assert state() == (1, True, 1)
    assert state() == (1, True, 0)
    os.utime(path, (1, 1))
    assert state() == (1, True, 0)
    (settings.data / "p3.parquet").write_bytes(whole[:-9])
    assert state() == (2, True, 0)
    (settings.data / "p3.parquet").unlink()
    assert state() == (1, True, 0)
    path.write_bytes(whole)
    assert state() == (0, False, 0)
    assert rows(warehouse, table, "id") == [(1,), (2,)]
    path.write_bytes(whole[:-9])
    assert state() == (1, True, 0)


def test_copies_of_an_unreadable_file_are_loaded_with_it_once_it_can_be_read(
    settings: Settings, warehouse: Warehouse
) -> None:
    for name in ("a.csv", "b.csv"):
        (settings.data / name).write_bytes("id,note\n1,ó\n".encode("utf-16"))
    wrong = raw_table(files("*.csv", "csv"), id="bigint", note="varchar")
    assert ingest(warehouse, settings, wrong).files_unreadable == 2
    right = raw_table(files("*.csv", "csv", encoding="utf-16"), id="bigint", note="varchar")
    result = ingest(warehouse, settings, right)
    assert (result.rows, result.files_unreadable, result.over_limit) == (1, 0, False)
