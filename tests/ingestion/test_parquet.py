"""Parquet: types of the file against the declared ones."""

from datetime import datetime

import pyarrow as pa
import pyarrow.parquet as pq
from ingestion_tables import files, raw_table, rejects, rows

from heddle.ingestion import ingest
from heddle.settings import Settings
from heddle.warehouse import Warehouse

COLUMNS = {"id": "bigint", "n": "double", "at": "timestamp", "props": "json", "gone": "varchar"}


def test_casts_drift_new_and_missing_columns(settings: Settings, warehouse: Warehouse) -> None:
    table = raw_table(files("p*.parquet", "parquet"), "p", **COLUMNS)
    moments = pa.array([0, None], pa.timestamp("ms", tz="Europe/Warsaw"))
    first = {"id": pa.array([1, 2], pa.int32()), "n": [1.0, float("nan")], "at": moments, "props": [{"a": 1}, None]}
    pq.write_table(pa.table({**first, "tags": [["x"], None]}), settings.data / "p'1 [żó*?].parquet")
    second = {"ID": ["1", "1.5"], "n": [1, 2], "at": ["2026-01-01", "x"], "props": ['{"a":1}', "{"]}
    pq.write_table(pa.table({**second, "tags": [["y"], None]}), settings.data / "p2.parquet")
    result = ingest(warehouse, settings, table)
    assert (result.rows, result.rejects, result.new_columns, result.missing_columns) == (3, 1, ["tags"], ["gone"])
    assert result.type_changes == [
        "column ID: bigint in the raw table, varchar in p2.parquet",
        "column at: timestamp in the raw table, varchar in p2.parquet",
    ]
    assert rows(warehouse, table, 'id, n, "at", props, tags, _row') == [
        (1, 1.0, datetime.fromisoformat("1970-01-01"), '{"a":1}', ["x"], 1),
        (2, None, None, None, None, 2),
        (1, 1.0, datetime.fromisoformat("2026-01-01"), '{"a":1}', ["y"], 1),
    ]
    ((file, line, text, reason),) = rejects(warehouse)
    assert (file, line) == ("p2.parquet", 2)
    assert '"ID":"1.5"' in text
    assert reason == "column ID: expected bigint; column at: expected timestamp; column props: expected json"


def test_broken_files_do_not_stop_the_others(settings: Settings, warehouse: Warehouse) -> None:
    table = raw_table(files("*.parquet", "parquet"), "p", id="bigint")
    for number in range(6):
        pq.write_table(pa.table({"id": [number]}), settings.data / f"p{number}.parquet")
    whole = (settings.data / "p3.parquet").read_bytes()
    (settings.data / "p3.parquet").write_bytes(whole[:-6])
    (settings.data / "text.parquet").write_text("hello, I am no parquet")
    result = ingest(warehouse, settings, table)
    assert (result.rows, result.files_loaded, result.files_unreadable, result.rejects) == (5, 5, 2, 2)
    assert all(str(settings.data) not in reason for reason in result.reasons)
    (settings.data / "p3.parquet").write_bytes(whole)
    assert ingest(warehouse, settings, table).rows == 1


def test_a_declaration_that_changed_is_reported_and_old_rows_stay(settings: Settings, warehouse: Warehouse) -> None:
    pq.write_table(pa.table({"id": [1]}), settings.data / "p1.parquet")
    ingest(warehouse, settings, raw_table(files("*.parquet", "parquet"), "p", id="bigint"))
    pq.write_table(pa.table({"id": ["2", "x"], "note": ["a", "b"]}), settings.data / "p2.parquet")
    changed = raw_table(files("*.parquet", "parquet"), "p", id="varchar", note="varchar")
    result = ingest(warehouse, settings, changed)
    assert (result.rows, result.rejects) == (1, 1)
    assert 'alter table "shop"."p" alter "id" type varchar' in result.type_changes[0]
    assert rows(warehouse, changed, "id, note") == [(1, None), (2, "a")]


def test_columns_that_are_named_like_ours(settings: Settings, warehouse: Warehouse) -> None:
    table = raw_table(files("*.parquet", "parquet"), "p", id="bigint")
    columns = {"id": ["1", "x"], "_file": ["a", "b"], "_ROW": [1, 2], "_text": ["t", "u"], "_problem": [0, 0]}
    pq.write_table(pa.table(columns), settings.data / "p.parquet")
    result = ingest(warehouse, settings, table)
    assert (result.rows, result.rejects, len(result.new_columns)) == (1, 1, 4)
    assert rows(warehouse, table, "id, _file, _row") == [(1, "p.parquet", 1)]
