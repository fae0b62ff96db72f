"""Sources as the dbt project declares them, and the instant of a run."""

from datetime import UTC, datetime, timedelta

import pytest

from heddle.errors import SourceError
from heddle.ingestion import (
    FileLoad,
    PostgresLoad,
    RejectLimit,
    RestLoad,
    declared_tables,
    ingest,
    others_load,
    resolve_as_of,
)
from heddle.settings import Settings
from heddle.warehouse import Warehouse

GOOD = """\
version: 2
sources:
  - name: shop
    config: {meta: {clock: "file:demo/clock.txt", owner: data-team}}
    tables:
      - name: orders
        description: Every order.
        config:
          meta:
            load: {files: "demo/shop/orders*.parquet", format: parquet, reject_limit: "0.5%"}
        columns:
          - {name: order_id, data_type: varchar}
          - {name: email, config: {meta: {pii: true}}}
          - {name: total, data_type: Double}
      - name: not_loaded
  - name: crm
    schema: raw_crm
    tables:
      - name: tickets
        meta: {load: {rest: {url: "https://crm.example/tickets", cursor: at}, reject_limit: 3}, owner: support}
      - name: people
        meta: {load: {postgres: {dsn_env: CRM_DSN, table: public.people, cursor: updated_at}}}
"""


def write(settings: Settings, text: str, name: str = "_shop__sources.yml") -> None:
    (settings.dbt_project / "models" / "staging" / "demo" / name).write_text(text)


def test_what_is_declared(settings: Settings) -> None:
    write(settings, GOOD)
    orders, tickets, people = declared_tables(settings)
    assert (orders.name, orders.group, orders.owner) == ("shop.orders", "demo", "data-team")
    assert orders.clock == "file:demo/clock.txt"
    assert orders.location == "dbt_project/models/staging/demo/_shop__sources.yml:6"
    assert [(column.name, column.type) for column in orders.columns] == [
        ("order_id", "varchar"), ("email", "varchar"), ("total", "double"),
    ]  # fmt: skip
    assert orders.pii_columns == ("email",)
    assert isinstance(orders.load, FileLoad)
    assert orders.load.reject_limit == RejectLimit(share=0.005)
    assert isinstance(tickets.load, RestLoad)
    assert (tickets.name, tickets.owner, tickets.load.reject_limit.rows) == ("raw_crm.tickets", "support", 3)
    assert isinstance(people.load, PostgresLoad)


@pytest.mark.parametrize(
    ("load", "says", "hint"),
    [
        ("{file: 'a.csv', format: csv}", "unknown load key 'file'", "did you mean 'files'"),
        ("{files: 'a.csv', format: cvs}", "load.format: Input should be 'csv'", ""),
        ("{files: '../a.csv', format: csv}", "without '..'", ""),
        ("{files: a.csv, format: csv, reject_limit: lots}", "a reject limit is a number of rows", ""),
        ("{files: a.csv, format: csv, delimiter: '||'}", "one character", ""),
        ("{files: a.csv, format: csv, encoding: klingon}", "not an encoding", ""),
        ("{files: a.csv, format: csv, encoding: hex}", "not an encoding", ""),
        ("{postgres: {dsn_env: X, tabel: y}}", "unknown load key 'tabel'", "did you mean 'table'"),
        ("a.csv", "`load` must be a mapping", "for example"),
    ],
)
def test_what_is_wrong_is_said_with_file_and_line(settings: Settings, load: str, says: str, hint: str) -> None:
    write(settings, f"sources:\n  - name: s\n    tables:\n      - name: t\n        meta:\n          load: {load}\n")
    with pytest.raises(SourceError) as caught:
        declared_tables(settings)
    assert says in caught.value.what
    assert hint in (caught.value.hint or "")
    assert (caught.value.where or "").rpartition(":")[0].endswith("_shop__sources.yml")


def test_a_table_that_somebody_else_loads_is_no_misspelt_one(settings: Settings) -> None:
    write(settings, GOOD)
    assert others_load(settings)
    write(settings, GOOD.replace("      - name: not_loaded\n", ""))
    assert not others_load(settings)
    write(settings, GOOD.replace("            load:", "            laod:"))
    with pytest.raises(SourceError, match="unknown key 'laod'") as caught:
        declared_tables(settings)
    assert caught.value.hint == "`load`, or none where somebody else loads the table"


@pytest.mark.parametrize(
    ("text", "where", "says"),
    [
        ("sources: [", ":1", "not valid YAML"),
        ("sources:\n  - name: s\n    tables:\n      - name: t\n        meta: {load: {files: a, format: csv}}\n"
         "        columns:\n          - {name: a, data_type: bigitn}\n", ":7", "did you mean bigint"),
        ("sources:\n  - name: s\n    tables:\n      - name: t\n        meta: {load: {files: a, format: csv}}\n"
         "        columns: [{name: a}, {name: A}]\n", ":6", "declared twice"),
        ("sources:\n  - name: s\n    meta: {phone_region: UK}\n    tables: []\n", ":2", "'UK' is no country"),
        ("sources:\n  - name: s\n    tables:\n      - name: t\n        meta: {load: {files: a, format: csv}}\n"
         "        columns: [{name: a, meta: {required: no}}]\n", ":6", "required is 'no': write true or false"),
    ],
)  # fmt: skip
def test_broken_declarations(settings: Settings, text: str, where: str, says: str) -> None:
    write(settings, text)
    with pytest.raises(SourceError) as caught:
        declared_tables(settings)
    assert says in caught.value.what
    assert (caught.value.where or "").endswith(where)


def test_only_enabled_groups_exist(settings: Settings) -> None:
    assert declared_tables(settings) == []
    with pytest.raises(SourceError, match="no source group 'demi'") as caught:
        declared_tables(settings.model_copy(update={"sources": ("demi",)}))
    assert "did you mean demo?" in str(caught.value)
    write(settings, GOOD)
    write(settings, GOOD, "_again__sources.yml")
    with pytest.raises(SourceError, match=r"shop\.orders is declared twice"):
        declared_tables(settings)


def test_the_instant_of_a_run(settings: Settings) -> None:
    write(settings, GOOD)
    tables = declared_tables(settings)
    with pytest.raises(SourceError, match="clock of source shop cannot be read"):
        resolve_as_of(settings, tables)
    (settings.data / "demo").mkdir()
    (settings.data / "demo" / "clock.txt").write_text("2026-06-15T06:30:00+02:00\n")
    assert resolve_as_of(settings, tables) == datetime.fromisoformat("2026-06-15T04:30")
    given = settings.model_copy(update={"as_of": datetime.fromisoformat("2020-01-01")})
    assert resolve_as_of(given, tables) == datetime.fromisoformat("2020-01-01")
    write(settings, GOOD.replace('clock: "file:demo/clock.txt", ', ""))
    now = datetime.now(UTC).replace(tzinfo=None)
    assert abs(resolve_as_of(settings, declared_tables(settings)) - now) < timedelta(seconds=5)
    write(settings, GOOD.replace("file:demo/clock.txt", "yesterday"))
    with pytest.raises(SourceError, match="not an ISO-8601 instant"):
        resolve_as_of(settings, declared_tables(settings))


def test_reject_limits() -> None:
    assert not RejectLimit.parse("1%").is_exceeded(1, 100)
    assert RejectLimit.parse("1%").is_exceeded(2, 100)
    assert RejectLimit.parse(0).is_exceeded(1, 10**9)
    assert not RejectLimit.parse("25").is_exceeded(25, 25)
    for wrong in ("-1", "101%", "many"):
        with pytest.raises(ValueError, match="reject limit"):
            RejectLimit.parse(wrong)


def test_a_type_is_stored_as_it_is_declared_however_it_is_spelled(settings: Settings, warehouse: Warehouse) -> None:
    write(
        settings,
        "sources:\n  - name: s\n    tables:\n      - name: t\n        meta: {load: {files: a.csv, format: csv}}\n"
        "        columns: [{name: a, data_type: 'DECIMAL(10, 2)'}]\n",
    )
    (table,) = declared_tables(settings)
    assert [ingest(warehouse, settings, table).type_changes for _ in range(2)] == [[], []]
