"""The formats of files: how a change is written into a new version of one, and rows at the end of a present one."""

import csv
import io
import json
import shutil
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import IO, Any

import orjson
import pyarrow as pa
import pyarrow.parquet as pq

from activations.batch import Columns
from activations.file_edit import Edit
from activations.json_body import json_lines
from activations.json_rows import json_objects, written

_AT_ONCE = 1 << 20  # bytes
_ROWS_AT_ONCE = 50_000


def _rewrite_csv(old: IO[bytes] | None, new: IO[bytes], edit: Edit) -> None:
    present = io.TextIOWrapper(old, encoding="utf-8", newline="") if old else None
    text = _text(new)
    reader = csv.DictReader(present or ())
    known = list(reader.fieldnames or ())
    names = _names(edit) or known
    writer = csv.DictWriter(text, names, restval="", extrasaction="ignore")
    if edit.unmet and old and names == known:
        old.seek(0)
        shutil.copyfileobj(old, new, _AT_ONCE)
    else:
        edit.unmet = False
        writer.writeheader()
        writer.writerows(row for row in reader if edit.keeps(row))
    _csv_rows(text, edit)
    for wrapper in (present, text):
        if wrapper:
            wrapper.detach()


def _continue_csv(end: IO[bytes], edit: Edit) -> None:
    text = _text(end)
    _csv_rows(text, edit)
    text.detach()


def _csv_rows(text: IO[str], edit: Edit) -> None:
    """Null and nothing are the same."""
    rows = edit.batch.operations
    if isinstance(rows, Columns) and edit.adds:
        csv.writer(text).writerows(zip(*rows.fields.values(), strict=True))
    else:
        csv.DictWriter(text, _names(edit), restval="", extrasaction="ignore").writerows(edit.fresh())


def _text(file: IO[bytes]) -> io.TextIOWrapper:
    return io.TextIOWrapper(file, encoding="utf-8", newline="", write_through=True)


def _names(edit: Edit) -> list[str]:
    """The columns of the rows that come."""
    rows = edit.batch.operations
    if isinstance(rows, Columns) and edit.adds:
        return list(rows.fields)
    return list(next(edit.fresh(), ()))


def _rewrite_jsonl(old: IO[bytes] | None, new: IO[bytes], edit: Edit) -> None:
    if edit.unmet and old:
        shutil.copyfileobj(old, new, _AT_ONCE)
    else:
        edit.unmet = False
        new.writelines(line for line in old or () if edit.keeps(_parsed(line)))
    _continue_jsonl(new, edit)


def _continue_jsonl(end: IO[bytes], edit: Edit) -> None:
    rows = edit.batch.operations
    objects = json_objects(rows.fields) if edit.adds and isinstance(rows, Columns) else None
    end.writelines(json_lines(edit.fresh()) if objects is None else [written(objects, "\n")])


def _parsed(line: bytes) -> dict[str, object]:
    try:
        found: dict[str, object] = orjson.loads(line)
    except orjson.JSONDecodeError:  # a whole number beyond 64 bits, NaN
        found = json.loads(line)
    return found


def _rewrite_parquet(old: IO[bytes] | None, new: IO[bytes], edit: Edit) -> None:
    present = pq.ParquetFile(old) if old else None
    fresh = _table(edit)
    schema = _joint([*([present.schema_arrow] if present else []), *([fresh.schema] if fresh else [])])
    with pq.ParquetWriter(new, schema) as writer:
        for rows in present.iter_batches(_ROWS_AT_ONCE) if present else ():
            writer.write_table(_fitted(pa.table(rows) if edit.unmet else _kept(pa.table(rows), edit), schema))
        if fresh:
            writer.write_table(_fitted(fresh, schema))
    edit.unmet = edit.unmet and present is not None


def _table(edit: Edit) -> pa.Table | None:
    if not edit.adds:
        return None
    rows = edit.batch.operations
    if isinstance(rows, Columns):
        columns: Mapping[str, Any] = rows.fields
        return pa.table({name: pa.array(list(column)) for name, column in columns.items()})
    return pa.Table.from_pylist([dict(row) for row in edit.fresh()])


def _kept(rows: pa.Table, edit: Edit) -> pa.Table:
    keys = rows.select([name for name in edit.key_fields if name in rows.column_names]).to_pylist()
    return rows.filter(pa.array([edit.keeps(key) for key in keys], pa.bool_()))


def _joint(schemas: list[pa.Schema]) -> pa.Schema:
    """The columns of the newest rows; one whose type changed between runs becomes text, and all others with it."""
    names = schemas[-1].names if schemas else []
    plain = [pa.schema([one.field(name) for name in names if name in one.names]) for one in schemas]
    try:
        return pa.unify_schemas([pa.schema([]), *plain], promote_options="permissive").remove_metadata()
    except (pa.ArrowInvalid, pa.ArrowTypeError):
        return pa.schema([(name, pa.string()) for name in pa.unify_schemas([_texts(one) for one in plain]).names])


def _texts(schema: pa.Schema) -> pa.Schema:
    return pa.schema([(name, pa.string()) for name in schema.names])


def _fitted(rows: pa.Table, schema: pa.Schema) -> pa.Table:
    missing = pa.nulls(len(rows))
    columns = [rows.column(name) if name in rows.column_names else missing for name in schema.names]
    return pa.table([column.cast(schema.field(i).type) for i, column in enumerate(columns)], schema=schema)


def can_continue(kind: str, file: Path, edit: Edit) -> bool:
    """A Parquet file has its end where it says what is in it; a CSV file has one set of columns."""
    if kind != "csv" or not edit.adds:
        return kind in CONTINUE
    with file.open(encoding="utf-8", newline="") as text:
        return next(csv.reader(text), []) == _names(edit)


Rewrite = Callable[[IO[bytes] | None, IO[bytes], Edit], None]
REWRITE: dict[str, Rewrite] = {"csv": _rewrite_csv, "jsonl": _rewrite_jsonl, "parquet": _rewrite_parquet}
CONTINUE: dict[str, Callable[[IO[bytes], Edit], None]] = {"csv": _continue_csv, "jsonl": _continue_jsonl}
