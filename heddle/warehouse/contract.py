"""What every engine gives to the rest of Heddle."""

from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager
from typing import Protocol

import pyarrow as pa


class Warehouse(Protocol):
    """One open connection. Tables are named `schema.name`; errors are WarehouseError."""

    dialect: str

    def execute(self, sql: str, params: Sequence[object] = ()) -> int:
        """Runs one statement; the number of rows it inserted, updated or deleted (0 for others)."""
        ...

    def query(self, sql: str, params: Sequence[object] = ()) -> pa.Table:
        """The whole result in memory."""
        ...

    def scalar(self, sql: str, params: Sequence[object] = ()) -> object:
        """The first column of the first row, None when there is no row."""
        ...

    def stream(self, sql: str, params: Sequence[object] = (), batch_rows: int = 50_000) -> Iterator[pa.RecordBatch]:
        """The result in batches of at most `batch_rows`; other statements may run meanwhile."""
        ...

    def append(self, table: str, rows: pa.Table) -> int:
        """Inserts by column name (a column that `rows` lacks becomes null); the number of rows."""
        ...

    def bound(self, name: str, rows: pa.Table) -> AbstractContextManager[None]:
        """While inside, `rows` can be read in statements under `name`, without a copy where possible."""
        ...

    def transaction(self) -> AbstractContextManager[None]:
        """All or nothing. A transaction inside another one is part of the outer one."""
        ...

    def tables(self, schema: str) -> list[str]:
        """Names of tables and views of `schema`, sorted; empty when there is no such schema."""
        ...

    def columns(self, table: str) -> dict[str, str]:
        """Column name -> type in lower case, in table order; empty when there is no such table."""
        ...
