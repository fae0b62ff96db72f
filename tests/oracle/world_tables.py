"""A world as the tables that compiled segments read, in DuckDB or in Postgres."""

from random import Random
from typing import Any

import duckdb
import psycopg2
import pyarrow as pa
from naive_world import World
from oracle_words import LISTS, RELATIONS, SQL_TYPES, STORED, TRAITS, event_columns
from psycopg2.extras import execute_values

ARROW = {
    "varchar": pa.string(),
    "double precision": pa.float64(),
    "date": pa.date32(),
    "timestamp": pa.timestamp("us"),
    "boolean": pa.bool_(),
    "varchar[]": pa.list_(pa.string()),
}
# table -> column -> SQL type
TABLES: dict[str, dict[str, str]] = {
    "profiles.profiles": {"profile_id": "varchar", **{name: SQL_TYPES[kind] for name, kind in TRAITS.items()}},
    "profiles.profile_trait_history": {
        **{"profile_id": "varchar", "trait": "varchar", "value": "varchar"},
        **{"valid_from": "timestamp", "valid_to": "timestamp"},
    },
    "identity.identity_map": {"profile_id": "varchar", "node_type": "varchar", "node_value": "varchar"},
    **{f"reference.list_{name}": {"identifier_type": "varchar", "identifier": "varchar"} for name in LISTS},
    "profiles.profile_events": {
        **{"profile_id": "varchar", "event": "varchar", "occurred_at": "timestamp", "event_id": "varchar"},
        **{column: SQL_TYPES[kind] for column, kind in event_columns().items()},
    },
    "profiles.profile_reachability": {
        **{"profile_id": "varchar", "channel": "varchar", "purpose": "varchar", "is_reachable": "boolean"},
    },
    **{
        f"profiles.{table}": {"profile_id": "varchar", key: "varchar", **{f: SQL_TYPES[t] for f, t in fields.items()}}
        for table, key, fields in RELATIONS.values()
    },
    **{
        f"segments.segment_{name}": {
            **{"profile_id": "varchar", "member_key": "varchar", "entered_at": "timestamp", "left_at": "timestamp"},
        }
        for name in STORED
    },
}
SPANS = """create view profiles.profile_event_spans as
    select profile_id, event, min(occurred_at) as first_at, max(occurred_at) as last_at, count(*) as events
    from profiles.profile_events group by 1, 2"""
SCHEMAS = sorted({table.partition(".")[0] for table in TABLES})
Rows = list[dict[str, Any]]
# Somebody who was merged into another profile since: stored stays and related records may be older than the profiles.
GONE = {"profile_id": "gone"}


def rows_of(world: World) -> dict[str, Rows]:
    """The rows of every table, in no order."""
    found: dict[str, Rows] = {table: [] for table in TABLES}
    for person in world.people:
        owner = {"profile_id": person.profile_id}
        found["profiles.profiles"].append(owner | person.traits)
        found["profiles.profile_trait_history"] += [owner | period | _as_text(period) for period in person.history]
        found["identity.identity_map"] += [owner | {"node_type": t, "node_value": v} for t, v in person.identifiers]
        found["profiles.profile_events"] += [
            owner | event | {"event_id": f"{person.profile_id}-{n}"} for n, event in enumerate(person.events)
        ]
        found["profiles.profile_reachability"] += [owner | row for row in person.reachable]
        for name, (table, _, _) in RELATIONS.items():
            found[f"profiles.{table}"] += [owner | record for record in person.related.get(name, ())]
        for name in STORED:
            found[f"segments.segment_{name}"] += [owner | stay for stay in person.stays.get(name, ())]
    for name in STORED:
        found[f"segments.segment_{name}"] += [
            GONE | stay for person in world.people for stay in person.stays.get(name, ())
        ]
    for name, (table, _, _) in RELATIONS.items():
        found[f"profiles.{table}"] += [
            GONE | record for person in world.people for record in person.related.get(name, ())
        ]
    for name, listed in LISTS.items():
        found[f"reference.list_{name}"] = [{"identifier_type": kind, "identifier": value} for kind, value in listed]
    for rows in found.values():
        Random(len(rows)).shuffle(rows)
    return found


def _as_text(period: dict[str, Any]) -> dict[str, Any]:
    """The history keeps every value as text."""
    return {"value": None if period["value"] is None else str(period["value"])}


def duckdb_of(world: World) -> duckdb.DuckDBPyConnection:
    """The world in a database of its own, in memory, on one thread."""
    connection = duckdb.connect(":memory:", config={"threads": 1})
    connection.execute("set TimeZone = 'UTC'; " + "; ".join(f"create schema {name}" for name in SCHEMAS))
    for table, rows in rows_of(world).items():
        columns = TABLES[table]
        schema = pa.schema([(name, ARROW[kind]) for name, kind in columns.items()])
        connection.register("given", pa.Table.from_pylist(rows, schema))
        connection.execute(f"create table {table} as select * from given")
        connection.unregister("given")
    connection.execute(SPANS)
    return connection


def load_into_postgres(cursor: "psycopg2.extensions.cursor", world: World) -> None:
    """The world in place of whatever was in its schemas."""
    cursor.execute("; ".join(f"drop schema if exists {name} cascade; create schema {name}" for name in SCHEMAS))
    for table, rows in rows_of(world).items():
        columns = TABLES[table]
        cursor.execute(f"create table {table} ({', '.join(f'{name} {kind}' for name, kind in columns.items())})")
        values = [[row.get(name) for name in columns] for row in rows]
        execute_values(cursor, f"insert into {table} values %s", values)
    cursor.execute(SPANS)
