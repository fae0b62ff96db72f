"""A source that cannot be read is a result; a warehouse that cannot take the rows is an error."""

from importlib import import_module

import pytest
from ingestion_tables import files, raw_table

from heddle.errors import SettingsError, SourceError, WarehouseError
from heddle.ingestion import PostgresLoad, RestLoad, ingest, ingest_or_problem
from heddle.settings import Settings
from heddle.warehouse import Warehouse

# the package has a function of the same name
LOADING = import_module("heddle.ingestion.ingest")
ORDERS = raw_table(PostgresLoad(dsn_env="NO_SUCH_DSN", table="orders", cursor="updated_at"), id="bigint")


def test_a_missing_variable_is_a_problem_of_the_source(settings: Settings, warehouse: Warehouse) -> None:
    result = ingest_or_problem(warehouse, settings, ORDERS)
    assert result.problem and "NO_SUCH_DSN is not set" in result.problem
    assert (result.table, result.over_limit, result.nothing_found, result.rows) == ("shop.orders", True, False, 0)
    # dbt reads the table, so it is there
    assert warehouse.columns("shop.orders")["id"] == "bigint"


def test_a_problem_shows_no_credentials(
    settings: Settings, warehouse: Warehouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(*_: object) -> None:
        raise SourceError("https://anna:geheim@api.example/orders?token=t0p cannot be read: HTTPError", "s.yml:3")

    monkeypatch.setattr(LOADING, "load_rest", away)
    table = raw_table(RestLoad(url="https://api.example/orders", records="$"), id="bigint")
    problem = ingest_or_problem(warehouse, settings, table).problem
    assert problem == "s.yml:3: https://...api.example/orders... cannot be read: HTTPError"


def test_a_source_that_can_be_read_has_no_problem(settings: Settings, warehouse: Warehouse) -> None:
    (settings.data / "o.csv").write_text("id\n1\n")
    result = ingest_or_problem(warehouse, settings, raw_table(files("o.csv", "csv"), id="bigint"))
    assert (result.rows, result.problem, result.over_limit) == (1, None, False)


def test_the_warehouse_is_not_excused(
    settings: Settings, warehouse: Warehouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise WarehouseError("no room")

    monkeypatch.setattr(LOADING, "load_postgres", full)
    with pytest.raises(WarehouseError):
        ingest_or_problem(warehouse, settings, ORDERS)
    monkeypatch.undo()
    with pytest.raises(SettingsError, match="NO_SUCH_DSN"):
        ingest(warehouse, settings, ORDERS)
