"""`required: true`: a row without the value is a reject with a reason, whatever it came in; the others go on."""

import json
from dataclasses import replace

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from ingestion_tables import files, raw_table, rejects, rows

from heddle.ingestion import RawTable, ingest
from heddle.settings import Settings
from heddle.warehouse import Warehouse

EVENTS = [
    {"id": "a", "at": "2026-01-01"},
    {"id": None, "at": "2026-01-02"},
    {"id": "c", "at": None},
    {"id": "", "at": "2026-01-02"},
]


def demanding(kind: str) -> RawTable:
    table = raw_table(files("e.*", kind, reject_limit=9), "e", id="varchar", at="timestamp", note="varchar")
    return replace(table, columns=tuple(replace(c, required=c.name in ("id", "at")) for c in table.columns))


def write(settings: Settings, kind: str, records: list[dict[str, str | None]]) -> None:
    path = settings.data / f"e.{kind}"
    if kind == "parquet":
        pq.write_table(pa.Table.from_pylist(records), path)
    elif kind == "jsonl":
        path.write_text("".join(json.dumps(record) + "\n" for record in records))
    else:
        header = ",".join(records[0])
        path.write_text("\n".join([header, *(",".join(v or "" for v in record.values()) for record in records)]))


@pytest.mark.parametrize("kind", ["csv", "jsonl", "parquet"])
def test_a_row_without_a_required_value_is_a_reject(settings: Settings, warehouse: Warehouse, kind: str) -> None:
    write(settings, kind, EVENTS)
    result = ingest(warehouse, settings, demanding(kind))
    assert (result.rows, result.rejects) == (1, 3)
    assert rows(warehouse, demanding(kind), "id") == [("a",)]
    assert dict(result.reasons) == {"column id: required, and empty": 2, "column at: required, and empty": 1}


@pytest.mark.parametrize("kind", ["csv", "jsonl", "parquet"])
def test_so_is_every_row_of_a_file_without_the_column(settings: Settings, warehouse: Warehouse, kind: str) -> None:
    write(settings, kind, [{"id": event["id"]} for event in EVENTS if event["id"]])
    result = ingest(warehouse, settings, demanding(kind))
    assert (result.rows, result.rejects) == (0, 2)
    assert "at" in result.missing_columns or kind == "jsonl"


def test_an_empty_value_is_told_from_a_wrong_one(settings: Settings, warehouse: Warehouse) -> None:
    write(settings, "csv", [{"id": "a", "at": "soon"}, {"id": None, "at": "later"}])
    ingest(warehouse, settings, demanding("csv"))
    assert rejects(warehouse, "line, reason") == [
        (2, "column at: expected timestamp"),
        (3, "column id: required, and empty; column at: expected timestamp"),
    ]
