"""Short ways to declare a raw table and to look at what was loaded."""

from typing import Any

from heddle.ingestion import FileLoad, LoadSpec, RawColumn, RawTable
from heddle.warehouse import Warehouse, qualified


def raw_table(load: LoadSpec | None = None, name: str = "orders", **columns: str) -> RawTable:
    spec = load or FileLoad(files="orders*.csv", format="csv", reject_limit="1%")
    listed = tuple(RawColumn(column, kind) for column, kind in columns.items())
    return RawTable("shop", name, "demo", "shop", spec, listed, "sources.yml:1")


def files(pattern: str, kind: str, **more: object) -> FileLoad:
    return FileLoad.model_validate({"files": pattern, "format": kind, **more})


def rows(warehouse: Warehouse, table: RawTable, columns: str = "*", order: str = "_file, _row") -> list[Any]:
    found = warehouse.query(f"select {columns} from {qualified(table.name)} order by {order}")
    return [tuple(row.values()) for row in found.to_pylist()]


def rejects(warehouse: Warehouse, columns: str = "file, line, text, reason") -> list[Any]:
    found = warehouse.query(f"select {columns} from raw.raw_rejects order by file, line nulls first")
    return [tuple(row.values()) for row in found.to_pylist()]
