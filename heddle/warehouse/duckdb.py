"""DuckDB in one file: the embedded default, one writing process at a time."""

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa

from heddle.errors import UnreadableData, WarehouseError, WarehouseFull
from heddle.warehouse.masking import masked_values, without_data
from heddle.warehouse.quote import qualified
from heddle.warehouse.room import advice_on_room

_UNREADABLE = (duckdb.IOException, duckdb.InvalidInputException, duckdb.SerializationException)
_ABOUT_DATA = (duckdb.DataError, duckdb.IntegrityError, duckdb.InvalidInputException)
_INCOMING = "heddle_incoming"
_THERE = """
    select 1 from duckdb_tables() where database_name = current_database() and schema_name = ? and table_name = ?
    union all
    select 1 from duckdb_views() where database_name = current_database() and schema_name = ? and view_name = ?
"""


class _Emptied:
    """What is registered for an Arrow table: DuckDB keeps a registered object until the transaction ends (0.2 GB
    per million rows of one load), so it gets this one, and the rows are let go as soon as they are used."""

    def __init__(self, rows: pa.Table) -> None:
        self.rows: pa.Table | None = rows

    def __arrow_c_stream__(self, requested_schema: object = None) -> object:
        if self.rows is None:
            raise RuntimeError("these rows were bound only for a while")
        rows: Any = self.rows
        return rows.__arrow_c_stream__(requested_schema)


class DuckWarehouse:
    """One connection to one DuckDB file (see the Warehouse contract)."""

    dialect = "duckdb"

    def __init__(self, connection: duckdb.DuckDBPyConnection, path: Path) -> None:
        self._connection = connection
        self._path = path
        self._in_transaction = False

    def execute(self, sql: str, params: Sequence[object] = ()) -> int:
        with self._errors():
            rows = self._connection.execute(sql, list(params)).fetchall()
        counted = len(rows) == 1 and len(rows[0]) == 1 and isinstance(rows[0][0], int)
        return int(rows[0][0]) if counted else 0

    def query(self, sql: str, params: Sequence[object] = ()) -> pa.Table:
        with self._errors():
            table: pa.Table = self._connection.sql(sql, params=list(params)).to_arrow_table()
        return table

    def scalar(self, sql: str, params: Sequence[object] = ()) -> object:
        with self._errors():
            # all rows: a result that is not read to its end keeps the connection busy (DuckDB 2.0)
            rows = self._connection.execute(sql, list(params)).fetchall()
        return rows[0][0] if rows else None

    def stream(self, sql: str, params: Sequence[object] = (), batch_rows: int = 50_000) -> Iterator[pa.RecordBatch]:
        with self._errors(), self._connection.cursor() as cursor:
            yield from cursor.sql(sql, params=list(params)).to_arrow_reader(batch_rows)

    def append(self, table: str, rows: pa.Table) -> int:
        with self.bound(_INCOMING, rows):
            return self.execute(f"insert into {qualified(table)} by name select * from {_INCOMING}")

    @contextmanager
    def bound(self, name: str, rows: pa.Table) -> Iterator[None]:
        source = _Emptied(rows)
        with self._errors():
            self._connection.register(name, source)
        try:
            yield
        finally:
            source.rows = None
            with suppress(duckdb.Error):
                self._connection.unregister(name)

    @contextmanager
    def transaction(self) -> Iterator[None]:
        if self._in_transaction:
            yield
            return
        self.execute("begin transaction")
        self._in_transaction = True
        try:
            yield
            self.execute("commit")
        except BaseException:
            with suppress(WarehouseError):
                self.execute("rollback")
            raise
        finally:
            self._in_transaction = False

    def tables(self, schema: str) -> list[str]:
        found = self.query(
            "select table_name from information_schema.tables "
            "where table_catalog = current_database() and table_schema = ? order by 1",
            [schema],
        )
        return [str(name) for name in found.column(0).to_pylist()]

    def columns(self, table: str) -> dict[str, str]:
        # asked first: describing what is not there would end the transaction. A third of the time that
        # information_schema.columns takes, which goes through the columns of every table of the warehouse
        if self.scalar(_THERE, table.split(".", 1) * 2) is None:
            return {}
        with self._errors():
            rows = self._connection.execute(f"describe {qualified(table)}").fetchall()
        return {str(name): str(kind).lower() for name, kind, *_ in rows}

    @contextmanager
    def _errors(self) -> Iterator[None]:
        try:
            yield
        except duckdb.Error as error:
            # not from error: who keeps this one (Dagster does) would keep the values in that one
            raise translate(error, self._path) from None


def translate(error: duckdb.Error, path: Path) -> WarehouseError:
    """The error for people: first line only, values taken out, with what to do where that is known."""
    text = str(error).strip()
    about_data = isinstance(error, _ABOUT_DATA)
    shown = without_data(text)
    if about_data and shown == text:
        shown = masked_values(text)
    first = shown.splitlines()[0] if shown else type(error).__name__
    where = str(path)
    advice = None if about_data else advice_on_room(text)
    if advice:
        return WarehouseFull(first, where, advice)
    if isinstance(error, duckdb.FatalException):
        return WarehouseError(first, where, "run again: the file is as it was before this step")
    if isinstance(error, _UNREADABLE):
        return UnreadableData(re.sub(r"'[^']*'?|\"[^\"]*:[^\"]*\"?", "'...'", first), where)
    return WarehouseError(first, where)
