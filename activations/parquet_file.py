"""Parquet files: a draft grows as Arrow streams one behind the other, and is made a Parquet file when it is shown.

What is in a Parquet file stands at its end, so that nothing can be added to one; a stream behind a stream is an append.
"""

from collections.abc import Iterable, Iterator
from typing import IO, Any

import pyarrow as pa
import pyarrow.ipc
import pyarrow.parquet as pq

from activations.batch import Columns
from activations.file_edit import Edit
from activations.json_body import json_text

_ipc: Any = pyarrow.ipc
_MAGIC = b"PAR1"
_ROWS_AT_ONCE, _ROWS_IN_GROUP = 50_000, 100_000


def rewrite_parquet(old: IO[bytes] | None, new: IO[bytes], edit: Edit) -> None:
    edit.unmet = edit.unmet and old is not None
    for schema, batches in _parts(old) if old else ():
        with _ipc.new_stream(new, schema) as stream:
            for rows in batches:
                stream.write_table(pa.table(rows) if edit.unmet else _kept(pa.table(rows), edit))
    continue_parquet(new, edit)


def continue_parquet(end: IO[bytes], edit: Edit) -> None:
    fresh = _table(edit)
    if fresh is not None:
        with _ipc.new_stream(end, fresh.schema) as stream:
            stream.write_table(fresh)


def finish_parquet(draft: IO[bytes], shown: IO[bytes]) -> None:
    """The rows of the draft as a Parquet file. All schemas are looked at first: the newest decides the columns."""
    schema = _joint([schema for schema, _ in _parts(draft)])
    try:
        _write(draft, shown, schema)
    except pa.ArrowInvalid:  # whole numbers, of which fractions that came later cannot hold every digit
        shown.seek(0)
        shown.truncate()
        _write(draft, shown, _texts(schema))


def _write(draft: IO[bytes], shown: IO[bytes], schema: pa.Schema) -> None:
    draft.seek(0)
    with pq.ParquetWriter(shown, schema) as writer:
        for group in _in_groups(batch for _, batches in _parts(draft) for batch in batches):
            writer.write_table(pa.concat_tables([_fitted(pa.table(rows), schema) for rows in group]))


def _parts(file: IO[bytes]) -> Iterator[tuple[pa.Schema, Iterator[pa.RecordBatch]]]:
    """Of a Parquet file, or of a draft: each stream of it, to be read before the next one is asked for."""
    begin = file.read(len(_MAGIC))
    file.seek(0)
    if begin == _MAGIC:
        present = pq.ParquetFile(file)
        yield present.schema_arrow.remove_metadata(), present.iter_batches(_ROWS_AT_ONCE)
        return
    while begin:
        with _ipc.open_stream(file) as stream:
            yield stream.schema, iter(stream)
            for _ in stream:
                pass
        begin = file.read(1)
        file.seek(-len(begin), 1)


def _in_groups(batches: Iterable[pa.RecordBatch]) -> Iterator[list[pa.RecordBatch]]:
    """So many rows that a row group is worth what stands at its head."""
    group: list[pa.RecordBatch] = []
    for batch in batches:
        group.append(batch)
        if sum(map(len, group)) >= _ROWS_IN_GROUP:
            yield group
            group = []
    if group:
        yield group


def _table(edit: Edit) -> pa.Table | None:
    if not edit.adds:
        return None
    rows = edit.batch.operations
    if isinstance(rows, Columns):
        return pa.table({name: _typed(list(column)) for name, column in rows.fields.items()})
    fresh = list(edit.fresh())
    return pa.table({name: _typed([row.get(name) for row in fresh]) for name in fresh[0]})


def _typed(values: list[object]) -> Any:
    """Values of several kinds, which JSON may have in one column, are texts, and so are numbers beyond 64 bits."""
    try:
        return pa.array(values)
    except (pa.ArrowInvalid, pa.ArrowTypeError, OverflowError):
        return _as_texts(values)


def _as_texts(values: list[object]) -> Any:
    return pa.array([value if value is None else json_text(value) for value in values], pa.string())


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
    return pa.table([_cast(column, schema.field(i).type) for i, column in enumerate(columns)], schema=schema)


def _cast(column: Any, kind: pa.DataType) -> Any:
    text_of_parts = pa.types.is_string(kind) and pa.types.is_nested(column.type)
    return _as_texts(column.to_pylist()) if text_of_parts else column.cast(kind)
