"""A file that is replaced or goes away between the look at it and its reading: nothing doubled, nothing lost."""

import gzip
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from ingestion_tables import files, raw_table, rejects, rows

from heddle.ingestion import RawTable, ingest, load_files
from heddle.settings import Settings
from heddle.warehouse import Warehouse

Write = Callable[[Path, list[int]], None]
Meanwhile = Callable[[Callable[[], object]], None]


def write_csv(path: Path, ids: list[int]) -> None:
    path.write_text("".join(f"{line}\n" for line in ["id", *ids]))


def write_packed(path: Path, ids: list[int]) -> None:
    path.write_bytes(gzip.compress("".join(f"{line}\n" for line in ["id", *ids]).encode()))


def write_parquet(path: Path, ids: list[int]) -> None:
    pq.write_table(pa.table({"id": ids}), path)


KINDS = [(write_csv, "csv"), (write_packed, "csv"), (write_parquet, "parquet")]


@pytest.fixture
def meanwhile(monkeypatch: pytest.MonkeyPatch) -> Meanwhile:
    """Does something once, after files were looked at and before they are read."""
    looked = load_files.new_files

    def do(what: Callable[[], object]) -> None:
        def look_then(*args: Any) -> Any:
            found = looked(*args)
            what()
            monkeypatch.undo()
            return found

        monkeypatch.setattr(load_files, "new_files", look_then)

    return do


def ids(warehouse: Warehouse, table: RawTable) -> list[int]:
    return [row[0] for row in rows(warehouse, table, "id", "id")]


@pytest.mark.parametrize(("write", "kind"), KINDS)
def test_a_file_that_is_replaced_is_loaded_once_by_the_next_run(
    settings: Settings, warehouse: Warehouse, meanwhile: Meanwhile, write: Write, kind: str
) -> None:
    path, table = settings.data / "a", raw_table(files("*", kind), id="bigint")
    write(path, [1, 2])
    meanwhile(lambda: write(path, [7, 8, 9]))
    first = ingest(warehouse, settings, table)
    assert (first.rows, first.files_unreadable) == (0, 1)
    assert rejects(warehouse, "reason") == [
        ("the file changed or went away while it was read; the next run looks again",)
    ]
    second = ingest(warehouse, settings, table)
    assert (second.rows, second.files_unreadable) == (3, 0)
    assert ids(warehouse, table) == [7, 8, 9]


@pytest.mark.parametrize(("write", "kind"), KINDS)
def test_a_file_that_went_away_is_loaded_when_it_comes_back(
    settings: Settings, warehouse: Warehouse, meanwhile: Meanwhile, write: Write, kind: str
) -> None:
    path, table = settings.data / "a", raw_table(files("*", kind), id="bigint")
    write(path, [1, 2])
    meanwhile(path.unlink)
    assert ingest(warehouse, settings, table).files_unreadable == 1
    assert not ingest(warehouse, settings, table).changed
    write(path, [1, 2])
    assert (ingest(warehouse, settings, table).rows, ids(warehouse, table)) == (2, [1, 2])


def test_lines_that_are_added_meanwhile_come_with_the_next_run(
    settings: Settings, warehouse: Warehouse, meanwhile: Meanwhile
) -> None:
    path, table = settings.data / "a", raw_table(files("*", "csv"), id="bigint")
    write_csv(path, [1, 2])
    meanwhile(lambda: write_csv(path, [1, 2, 3]))
    assert ingest(warehouse, settings, table).rows == 2
    assert (ingest(warehouse, settings, table).rows, ids(warehouse, table)) == (1, [1, 2, 3])
