"""One transaction of a load: the raw table as it is now, and everything that is stored or counted."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime

import pyarrow as pa

from heddle.ingestion.files import SourceFile, spec_fingerprint
from heddle.ingestion.raw_table import SYSTEM_COLUMNS, RawColumn, RawTable, add_columns
from heddle.ingestion.result import Reject
from heddle.ingestion.statements import Field, count_refused, insert_refused, insert_rows, refused_rows
from heddle.ingestion.tally import Tally
from heddle.ingestion.value_types import storage_type
from heddle.warehouse import Warehouse

_REJECT_SCHEMA = pa.schema(
    [(name, pa.string()) for name in ("source", "table_name", "file")]
    + [("line", pa.int64()), ("text", pa.string()), ("reason", pa.string()), ("loaded_at", pa.timestamp("us"))]
)


class Loader:
    """Made per transaction, inside of it."""

    def __init__(self, warehouse: Warehouse, table: RawTable, loaded_at: datetime, batch_id: str) -> None:
        self.warehouse = warehouse
        self.table = table
        self.loaded_at = loaded_at
        self.batch_id = batch_id
        self.tally = Tally()
        self._stored = self._read_columns()

    def kinds(self) -> dict[str, str]:
        """Column in lower case -> the type that rows are checked for: as declared, unless stored otherwise."""
        declared = {column.name.lower(): column.type for column in self.table.columns}
        return {
            name: declared[name] if name in declared and storage_type(declared[name]) == kind else kind
            for name, kind in self._stored.items()
        }

    def declared_columns(self) -> list[RawColumn]:
        kinds = self.kinds()
        return [RawColumn(c.name, kinds[c.name.lower()], c.pii) for c in self.table.columns]

    def spelling(self) -> dict[str, str]:
        """Column in lower case -> as it is spelled in the raw table."""
        return {name.lower(): name for name in self.warehouse.columns(self.table.name)}

    def add_columns(self, columns: dict[str, str]) -> None:
        """Adds those that the raw table does not have yet."""
        new = {name: kind for name, kind in columns.items() if name.lower() not in self._stored}
        if new:
            add_columns(self.warehouse, self.table.name, new)
            self.tally.new_columns.extend(new)
            self._stored = self._read_columns()

    def note_missing(self, present: Iterable[str]) -> None:
        """Remembers the declared columns that a file does not have; they are null in its rows."""
        there = {name.lower() for name in present}
        self.tally.missing_columns.extend(c.name for c in self.table.columns if c.name.lower() not in there)

    def insert(self, source: str, fields: Sequence[Field], also: str = "true") -> int:
        demanded = self._demanded(fields)
        return self.warehouse.execute(insert_rows(self.table.name, source, demanded, also), [self.loaded_at])

    def refuse(self, source: str, fields: Sequence[Field], also: str = "true") -> Counter[str]:
        """Stores the rows that `insert` left out, in bulk; how many per file."""
        refused = refused_rows(source, self._demanded(fields), also)
        per_file: Counter[str] = Counter()
        for row in self.warehouse.query(count_refused(refused)).to_pylist():
            per_file[row["_file"]] += row["refused"]
            self.tally.reasons[row["reason"]] += row["refused"]
        if per_file:
            self.warehouse.execute(insert_refused(refused), [self.table.source, self.table.table, self.loaded_at])
        self.tally.rejects.update(per_file)
        return per_file

    def store_rejects(self, rejects: Sequence[Reject]) -> None:
        if not rejects:
            return
        source, name = self.table.source, self.table.table
        rows = [(source, name, r.file, r.line, r.text, r.reason, self.loaded_at) for r in rejects]
        columns = zip(*rows, strict=True)
        arrays = [pa.array(list(c), f.type) for c, f in zip(columns, _REJECT_SCHEMA, strict=True)]
        self.warehouse.append("raw.raw_rejects", pa.Table.from_arrays(arrays, schema=_REJECT_SCHEMA))
        self.tally.count_rejects(rejects)

    def store_files(self, files: Sequence[SourceFile], readable: bool = True) -> None:
        """The accounting of the files; with it in the same transaction a load is all or nothing."""
        count = len(files)
        entries = {
            "source": [self.table.source] * count,
            "table_name": [self.table.table] * count,
            "file": [file.name for file in files],
            "content_hash": pa.array([file.content_hash for file in files], pa.string()),
            "rows": [self.tally.rows[file.name] for file in files],
            "rejects": [self.tally.rejects[file.name] for file in files],
            "loaded_at": pa.array([self.loaded_at] * count, pa.timestamp("us")),
            "batch_id": [self.batch_id] * count,
            "size": [file.size for file in files],
            "modified_ns": [file.modified_ns for file in files],
            "readable": [readable] * count,
            "spec": [spec_fingerprint(self.table)] * count,
        }
        self.warehouse.append("raw.raw_files", pa.table(entries))

    def _demanded(self, fields: Sequence[Field]) -> list[Field]:
        """The fields that rows must have marked as such, with those that the source does not have at all."""
        required = {column.name.lower(): column for column in self.table.columns if column.required}
        absent = set(required).difference(field.column.lower() for field in fields)
        marked = [replace(field, required=field.column.lower() in required) for field in fields]
        return marked + [Field(required[n].name, required[n].type, "null", "null", True) for n in sorted(absent)]

    def _read_columns(self) -> dict[str, str]:
        return {
            name.lower(): kind
            for name, kind in self.warehouse.columns(self.table.name).items()
            if name not in SYSTEM_COLUMNS
        }
