"""Splink's door to the warehouse: its statements run on our connection, its tables are temporary.

A temporary table ends with the connection: a run that is killed leaves nothing behind, and nothing of it is written
to the warehouse file. Imported only where soft links are scored, for Splink is optional and takes a second to load.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pyarrow as pa
from splink.internals.database_api import DatabaseAPI
from splink.internals.dialects import SplinkDialect
from splink.internals.exceptions import SplinkException
from splink.internals.input_column import InputColumn
from splink.internals.linker import Linker
from splink.internals.splink_dataframe import SplinkDataFrame

from heddle.errors import HeddleError
from heddle.linking.errors import LinkingError
from heddle.warehouse import Warehouse, literal

_INCOMING = "heddle_link_incoming"


class WarehouseFrame(SplinkDataFrame):
    """A temporary table of the warehouse, as Splink looks at it."""

    db_api: "WarehouseAPI"
    _columns: list[InputColumn] | None = None

    @property
    def columns(self) -> list[InputColumn]:
        if self._columns is None:  # asked for dozens of times
            self._columns = [InputColumn(name, sqlglot_dialect_str="duckdb") for name in self._rows(0).column_names]
        return list(self._columns)

    def validate(self) -> None:
        """Nothing to check: we made the table."""

    def as_pyarrow_table(self, limit: int | None = None) -> pa.Table:
        return self._rows(limit)

    def as_record_list(self, limit: int | None = None) -> list[dict[str, Any]]:
        rows: list[dict[str, Any]] = self._rows(limit).to_pylist()
        return rows

    def as_dict(self, limit: int | None = None) -> dict[str, list[Any]]:
        columns: dict[str, list[Any]] = self._rows(limit).to_pydict()
        return columns

    def _drop_table_from_database(self, force_non_splink_table: bool = False) -> None:
        if not (self.created_by_splink or force_non_splink_table):
            raise ValueError(f"{self.physical_name} is not a table of Splink's")
        self.db_api.delete_table_from_database(self.physical_name)

    def _rows(self, limit: int | None) -> pa.Table:
        ending = "" if limit is None else f" limit {limit:d}"
        return self.db_api.warehouse.query(f"select * from {self.physical_name}{ending}")


class WarehouseAPI(DatabaseAPI[None]):
    """Runs Splink's SQL through the Warehouse contract: errors come without values, no second connection is opened."""

    sql_dialect: SplinkDialect = SplinkDialect.from_string("duckdb")

    def __init__(self, warehouse: Warehouse) -> None:
        super().__init__()
        self.warehouse = warehouse

    def close(self) -> None:
        """Drops what Splink made, and closes the small database in memory that it keeps for its own arithmetic."""
        for name in sorted(self._created_tables):
            self.delete_table_from_database(name)
        self.duckdb_con.close()

    def _setup_for_execute_sql(self, sql: str, physical_name: str) -> str:
        self.delete_table_from_database(physical_name)
        return f"create temp table {physical_name} as\n{sql}"

    def _execute_sql_against_backend(self, final_sql: str) -> None:
        self.warehouse.execute(final_sql)

    def _table_registration(self, input: Any, table_name: str) -> None:
        rows = pa.Table.from_pylist(input) if isinstance(input, list) else input
        with self.warehouse.bound(_INCOMING, rows):
            self.warehouse.execute(f"create temp table {table_name} as select * from {_INCOMING}")

    def table_to_splink_dataframe(self, templated_name: str, physical_name: str) -> SplinkDataFrame:
        return WarehouseFrame(templated_name, physical_name, self)

    def table_exists_in_database(self, table_name: str) -> bool:
        found = f"select count(*) from information_schema.tables where table_name = {literal(table_name)}"
        return bool(self.warehouse.scalar(found))


@contextmanager
def opened_linker(warehouse: Warehouse, table: str, settings: dict[str, Any]) -> Iterator[Linker]:
    """A linker over the temporary table `table`; everything it makes is dropped in the end."""
    api = WarehouseAPI(warehouse)
    try:
        yield Linker(api.register(table), settings, log_level=None, validate_settings=False)
    except SplinkException as error:
        # Splink quotes the whole statement; the cause already says what, without values
        cause = error.__cause__
        what = cause.what if isinstance(cause, HeddleError) else str(error).splitlines()[0]
        raise LinkingError(f"Splink could not go on: {what}") from None
    finally:
        api.close()
