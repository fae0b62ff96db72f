"""Where the addresses of people are: looked for in every column of a warehouse and in every other file of a company."""

import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from heddle.warehouse import Warehouse, identifier, literal

_WORDS = r"[a-z0-9._%+-]+@[a-z0-9.-]+|\+?[0-9]{9,}"
_LOOKED_FOR = 300


def columns_with_addresses(wh: Warehouse) -> set[str]:
    """`schema.table.column` of all that hold an e-mail address or a number of somebody, in whatever text."""
    wh.execute(
        "create temp table addresses as select distinct lower(node_value) as address "
        "from identity.identity_map where node_type in ('email', 'phone')"
    )
    columns = wh.query(
        "select table_schema, table_name, column_name from information_schema.columns "
        "where table_catalog = current_database() and regexp_matches(data_type, 'VARCHAR|JSON|STRUCT')"
    )
    return {".".join(column.values()) for column in columns.to_pylist() if _is_in(wh, *column.values())}


def _is_in(wh: Warehouse, schema: str, table: str, column: str) -> bool:
    words = f"regexp_extract_all(lower(cast({identifier(column)} as varchar)), {literal(_WORDS)})"
    told = f"select unnest({words}) as word from {identifier(schema)}.{identifier(table)}"
    return wh.scalar(f"select 1 from ({told}) as t where word in (select address from addresses) limit 1") is not None


def marked_columns(manifest: Path) -> set[str]:
    """Those that dbt's yml files mark `pii: true`."""
    content = json.loads(manifest.read_text())
    return set(_marked([*content["nodes"].values(), *content["sources"].values()]))


def _marked(nodes: Iterable[dict[str, Any]]) -> Iterator[str]:
    for node in nodes:
        for name, column in node.get("columns", {}).items():
            if column["config"].get("meta", column.get("meta", {})).get("pii"):
                yield f"{node['schema']}.{node.get('alias') or node.get('identifier')}.{name}"


def files_with_addresses(wh: Warehouse, files: Iterable[Path]) -> list[Path]:
    """Those that hold the e-mail address of one of some hundred people."""
    some = f"select address from addresses where address like '%@%' order by hash(address) limit {_LOOKED_FOR}"
    wanted = [str(row["address"]).encode() for row in wh.query(some).to_pylist()]
    return [file for file in files if _holds(file, wanted)]


def _holds(file: Path, wanted: list[bytes]) -> bool:
    content = file.read_bytes().lower()
    return any(address in content for address in wanted)
