"""Rows from databases and APIs: extracted by dlt, stored here together with how far they were read.

The cursor is a row of raw.raw_cursors, written in the transaction of the rows (see
docs/decisions/0003-dlt-for-extraction.md). Reading starts at the last cursor value again, and what is stored
already is left out by comparing values, so that rows which share the last value are neither lost nor doubled.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path

import pyarrow as pa

from heddle.errors import SourceError
from heddle.ingestion.files import SourceFile
from heddle.ingestion.loader import Loader
from heddle.ingestion.statements import Field, evaluated, not_refused, not_stored
from heddle.warehouse import qualified

INCOMING = "incoming_rows"
CursorValue = int | float | Decimal | str | date | datetime
Relation = Callable[[Loader, str], tuple[str, list[Field]]]

_READERS: dict[str, Callable[[str], CursorValue]] = {
    "datetime": datetime.fromisoformat,
    "date": date.fromisoformat,
    "int": int,
    "float": float,
    "Decimal": Decimal,
    "str": str,
}


@dataclass(frozen=True)
class Batch:
    """`rows` of any Arrow types, and the highest cursor value among them."""

    rows: pa.Table
    cursor: CursorValue | None


def read_cursor(loader: Loader) -> CursorValue | None:
    """The last value that was committed, in the type it had."""
    found = loader.warehouse.query(
        "select cursor_value, cursor_type from raw.raw_cursors where source = ? and table_name = ?",
        [loader.table.source, loader.table.table],
    ).to_pylist()
    return _READERS[found[0]["cursor_type"]](found[0]["cursor_value"]) if found else None


def load_batches(loader: Loader, origin: str, batches: Iterable[Batch], relation: Relation) -> None:
    """All rows of `batches` that are not stored yet, numbered on from the last row of `origin`."""
    stored = _last_row(loader, origin)
    at, highest = stored, None
    for batch in batches:
        count = batch.rows.num_rows
        numbers = pa.array(range(at + 1, at + count + 1), pa.int64())
        rows = batch.rows.append_column("_file", pa.array([origin] * count, pa.string()))
        if count:
            _load(loader, rows.append_column("_row", numbers), relation, stored)
        at += count
        highest = _later(highest, batch.cursor, loader.table.location)
    if highest is not None:
        _write_cursor(loader, highest)
    if loader.tally.rows[origin] or loader.tally.rejects[origin]:
        loader.tally.loaded = 1
        loader.store_files([SourceFile(Path(), origin)])


def _last_row(loader: Loader, origin: str) -> int:
    found = loader.warehouse.scalar(
        f"select greatest((select max(_row) from {qualified(loader.table.name)} where _file = ?), "
        "(select max(line) from raw.raw_rejects where source = ? and table_name = ? and file = ?), 0)",
        [origin, loader.table.source, loader.table.table, origin],
    )
    return int(str(found))


def _load(loader: Loader, rows: pa.Table, relation: Relation, stored: int) -> None:
    with loader.warehouse.bound(INCOMING, rows):
        typed, fields = evaluated(*relation(loader, INCOMING))
        unseen, unrefused = ("true", "true")
        if stored:
            unseen = not_stored(loader.table.name, fields, stored)
            unrefused = not_refused(loader.table.source, loader.table.table, stored)
        source, origin = f"{typed} as incoming", rows.column("_file")[0].as_py()
        loader.tally.rows[origin] += loader.insert(source, fields, unseen)
        loader.refuse(source, fields, unrefused)


def _later(one: CursorValue | None, other: CursorValue | None, where: str) -> CursorValue | None:
    if one is None or other is None:
        return other if one is None else one
    try:
        return max(one, other)
    except TypeError:
        raise _unusable(f"{type(one).__name__} and {type(other).__name__}", where) from None


def _write_cursor(loader: Loader, value: CursorValue) -> None:
    kind = type(value).__name__
    if kind not in _READERS:
        raise _unusable(kind, loader.table.location)
    text = value.isoformat() if isinstance(value, date) else str(value)
    loader.warehouse.execute(
        "delete from raw.raw_cursors where source = ? and table_name = ?",
        [loader.table.source, loader.table.table],
    )
    loader.warehouse.execute(
        "insert into raw.raw_cursors (source, table_name, cursor_value, cursor_type, updated_at) "
        "values (?, ?, ?, ?, ?)",
        [loader.table.source, loader.table.table, text, kind, loader.loaded_at],
    )


def _unusable(kind: str, where: str) -> SourceError:
    hint = "name a column that grows with every change: a time, a date, a number or a text"
    return SourceError(f"load.cursor holds {kind}, which nothing can be read on from", where, hint)
