"""Files packed with gzip or zstd are read as what is in them, and counted by what is in them."""

import gzip
import zipfile
from pathlib import Path

import pyarrow as pa
import pytest
from ingestion_tables import files, raw_table, rejects, rows

from heddle.ingestion import ingest
from heddle.settings import Settings
from heddle.warehouse import Warehouse

ROWS = 'id,note\n1,"two\nlines"\nx,bad\n3,ä\n'


def zstd(data: bytes) -> bytes:
    return bytes(pa.compress(data, codec="zstd", asbytes=True))


@pytest.mark.parametrize("packed", [gzip.compress, zstd])
def test_rows_rejects_and_lines_are_those_of_the_packed_text(
    settings: Settings, warehouse: Warehouse, packed: object
) -> None:
    assert callable(packed)
    table = raw_table(files("o*.csv*", "csv", reject_limit=1), id="bigint", note="varchar")
    (settings.data / "o.csv.gz").write_bytes(packed(ROWS.encode()))
    result = ingest(warehouse, settings, table)
    assert (result.rows, result.rejects, result.files_unreadable, result.over_limit) == (2, 1, 0, False)
    assert rows(warehouse, table, "id, note, _file, _row") == [
        (1, "two\nlines", "o.csv.gz", 2), (3, "ä", "o.csv.gz", 5),
    ]  # fmt: skip
    assert [row[1] for row in rejects(warehouse)] == [4]


def test_zstd_in_several_frames_as_programs_that_pack_in_parallel_write_it(
    settings: Settings, warehouse: Warehouse
) -> None:
    table, skipped = raw_table(files("o.csv", "csv"), id="bigint"), bytes.fromhex("502a4d180400000012000000")
    (settings.data / "o.csv").write_bytes(skipped + zstd(b"id\n1\n") + skipped + zstd(b"2\n"))
    assert ingest(warehouse, settings, table).files_unreadable == 0
    assert rows(warehouse, table, "id") == [(1,), (2,)]


def test_json_lines_of_another_encoding_and_several_members(settings: Settings, warehouse: Warehouse) -> None:
    table = raw_table(files("e.jsonl.gz", "jsonl", encoding="cp1250"), "events", id="bigint", city="varchar")
    lines = '{"id":1,"city":"Łódź"}\n{"id":2,"city":"Kraków"}\n'.encode("cp1250")
    (settings.data / "e.jsonl.gz").write_bytes(gzip.compress(lines[:30]) + gzip.compress(lines[30:]))
    ingest(warehouse, settings, table)
    assert rows(warehouse, table, "id, city") == [(1, "Łódź"), (2, "Kraków")]


def test_one_content_is_loaded_once_however_it_is_packed(settings: Settings, warehouse: Warehouse) -> None:
    table = raw_table(files("o*", "csv", reject_limit=9), id="bigint", note="varchar")
    (settings.data / "o1.csv").write_text(ROWS, encoding="utf-8")
    assert ingest(warehouse, settings, table).rows == 2
    (settings.data / "o2.csv.gz").write_bytes(gzip.compress(ROWS.encode(), mtime=1))
    (settings.data / "o3.csv.zst").write_bytes(zstd(ROWS.encode()))
    assert not ingest(warehouse, settings, table).changed
    (settings.data / "o2.csv.gz").write_bytes(gzip.compress(ROWS.encode(), compresslevel=1, mtime=2))
    assert not ingest(warehouse, settings, table).changed


def test_a_packed_file_that_grew_is_a_new_version(settings: Settings, warehouse: Warehouse) -> None:
    table = raw_table(files("o.csv.gz", "csv"), id="bigint")
    path = settings.data / "o.csv.gz"
    path.write_bytes(gzip.compress(b"id\n1\n"))
    assert ingest(warehouse, settings, table).rows == 1
    with path.open("ab") as stream:
        stream.write(gzip.compress(b"2\n"))
    assert ingest(warehouse, settings, table).rows == 2
    assert rows(warehouse, table, "id, _row", "_loaded_at, _row") == [(1, 2), (1, 2), (2, 3)]


@pytest.mark.parametrize(
    ("packed", "reason"),
    [
        (gzip.compress(b"id\n" + b"1\n" * 9999)[:-30], "the file breaks off: it is gzip and cannot be unpacked"),
        (gzip.compress(b"id\n1\n")[:-8] + b"xxxxxxxx", "the file is damaged: it is gzip and cannot be unpacked"),
        (gzip.compress(b""), "the file is empty"),
    ],
)
def test_a_broken_file_is_one_reject_that_says_why_once_until_it_is_whole(
    settings: Settings, warehouse: Warehouse, packed: bytes, reason: str
) -> None:
    table = raw_table(files("o*.gz", "csv"), id="bigint")
    (settings.data / "o1.gz").write_bytes(packed)
    (settings.data / "o2.gz").write_bytes(gzip.compress(b"id\n7\n"))
    result = ingest(warehouse, settings, table)
    assert (result.rows, result.rejects, result.files_unreadable) == (1, 1, 1)
    assert rejects(warehouse)[0][3].startswith(reason)
    assert not ingest(warehouse, settings, table).changed
    (settings.data / "o1.gz").write_bytes(gzip.compress(b"id\n8\n"))
    repaired = ingest(warehouse, settings, table)
    assert (repaired.rows, repaired.files_unreadable) == (1, 0)


def test_a_zip_archive_is_told_what_to_do_about(settings: Settings, warehouse: Warehouse, tmp_path: Path) -> None:
    table = raw_table(files("o.csv", "csv"), id="bigint")
    with zipfile.ZipFile(settings.data / "o.csv", "w") as archive:
        archive.writestr("o.csv", "id\n1\n")
    assert ingest(warehouse, settings, table).files_unreadable == 1
    assert "unpack it" in rejects(warehouse)[0][3]
