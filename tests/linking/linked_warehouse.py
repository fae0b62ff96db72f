"""A warehouse with records of people as staging and identity leave them: made by hand, without dbt."""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pyarrow as pa

from heddle.settings import Settings
from heddle.warehouse import Warehouse, open_warehouse

SCHEMAS = ("heddle", "staging", "identity", "reference")
TABLES = (
    "heddle.clock (as_of timestamp)",
    "staging.stg_crm__attributes (source varchar, record_id varchar, field varchar, value varchar, "
    "observed_at timestamp)",
    "identity.identity_map (node bigint, node_type varchar, node_value varchar, profile_id varchar)",
    "identity.identity_nodes (node bigint, node_type varchar, node_value varchar)",
    "identity.identity_links (source varchar, record_id varchar, identifier_type varchar, identifier_value varchar, "
    "record_node bigint, identifier_node bigint)",
    "identity.identity_edges (left_node bigint, right_node bigint, rule varchar)",
    "identity.identity_withheld (node bigint, guard varchar, reason varchar)",
    "reference.identity_overrides (kind varchar, left_type varchar, left_value varchar, right_type varchar, "
    "right_value varchar)",
    "reference.identity_rules (identifier_type varchar, is_anchor boolean)",
)


@dataclass(frozen=True)
class Person:
    """One record: its attributes, its identifiers, and the profile it has in the last run (default: its own)."""

    record_id: str
    attributes: Mapping[str, str | None]
    identifiers: Mapping[str, str] = field(default_factory=dict)
    profile: str | None = None


def node(kind: str, value: str) -> int:
    return int(hashlib.md5(f"{kind}:{value}".encode()).hexdigest()[:16], 16) >> 1


def record(record_id: str) -> int:
    return node("record", f"crm:{record_id}")


@contextmanager
def linked_warehouse(folder: Path, people: Sequence[Person]) -> Iterator[tuple[Warehouse, Settings]]:
    """An open warehouse in `folder` holding the people, and settings whose dbt_project is there as well."""
    (folder / "dbt_project").mkdir(parents=True, exist_ok=True)
    settings = Settings.load(root=folder, state=folder / "state")
    with open_warehouse(settings) as warehouse:
        for schema in SCHEMAS:
            warehouse.execute(f"create schema if not exists {schema}")
        for table in TABLES:
            warehouse.execute(f"create or replace table {table}")
        warehouse.execute("insert into heddle.clock values (timestamp '2026-06-15 04:30:00')")
        warehouse.execute("insert into reference.identity_rules values ('user_id', true), ('email', false)")
        fill(warehouse, people)
        yield warehouse, settings


def fill(warehouse: Warehouse, people: Sequence[Person]) -> None:
    """Adds the people; profiles are as each says, an identifier is of the profile of its first record."""
    nodes: dict[int, tuple[str, str, str]] = {}
    attributes, links = [], []
    for person in people:
        profile = person.profile or f"p-{person.record_id}"
        nodes[record(person.record_id)] = ("record", f"crm:{person.record_id}", profile)
        attributes += [("crm", person.record_id, n, v, None) for n, v in person.attributes.items() if v is not None]
        for kind, value in person.identifiers.items():
            nodes.setdefault(node(kind, value), (kind, value, profile))
            links.append(("crm", person.record_id, kind, value, record(person.record_id), node(kind, value)))
    add(warehouse, "staging.stg_crm__attributes", attributes)
    add(warehouse, "identity.identity_nodes", [(n, kind, value) for n, (kind, value, _) in nodes.items()])
    add(warehouse, "identity.identity_map", [(n, *rest) for n, rest in nodes.items()])
    add(warehouse, "identity.identity_links", links)
    add(warehouse, "identity.identity_edges", [(link[4], link[5], f"same_{link[2]}") for link in links])


def add(warehouse: Warehouse, table: str, rows: Sequence[tuple[object, ...]]) -> None:
    """Appends rows given in the order of the table's columns."""
    if rows:
        columns = zip(*rows, strict=True)
        warehouse.append(table, pa.table(dict(zip(warehouse.columns(table), map(list, columns), strict=True))))


class Killed(BaseException):
    """Not an Exception: nothing may handle it."""


class KillableWarehouse:
    """Counts statements; raises Killed before the one whose turn it is. Afterwards nothing works, as after a kill."""

    def __init__(self, warehouse: Warehouse, after: int) -> None:
        self._warehouse, self._left = warehouse, after

    def __getattr__(self, name: str) -> Any:
        return getattr(self._warehouse, name)

    def execute(self, sql: str, params: Sequence[object] = ()) -> int:
        self._left -= 1
        if self._left < 0:
            raise Killed
        return self._warehouse.execute(sql, params)
