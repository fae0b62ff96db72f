"""A Postgres table through dlt: only what is new, nothing twice, nothing lost."""

from collections.abc import Callable, Iterator

import psycopg2
import pytest
from ingestion_tables import raw_table, rejects, rows
from postgres_cluster import needs_postgres, postgres_cluster

from heddle.errors import HeddleError, SourceError
from heddle.ingestion import PostgresLoad, RawTable, ingest
from heddle.settings import Settings
from heddle.warehouse import Warehouse

pytestmark = [
    needs_postgres,
    pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::ResourceWarning"),
]
Sql = Callable[[str], None]


@pytest.fixture(scope="module")
def dsn() -> Iterator[str]:
    with postgres_cluster() as address:
        yield address


@pytest.fixture
def sql(dsn: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Sql]:
    monkeypatch.setenv("SHOP_DSN", dsn)
    connection = psycopg2.connect(dsn)
    connection.autocommit = True

    def run(statement: str) -> None:
        with connection.cursor() as cursor:
            cursor.execute(statement)

    run("drop table if exists orders")
    run(
        "create table orders (id bigint primary key, total numeric(10, 2), status text, note jsonb, "
        "updated_at timestamptz)"
    )
    yield run
    connection.close()


@pytest.fixture
def orders() -> RawTable:
    load = PostgresLoad(dsn_env="SHOP_DSN", table="public.orders", cursor="updated_at", batch_rows=2)
    return raw_table(load, id="bigint", total="double", status="varchar", note="json", updated_at="timestamp")


def test_loads_what_is_new_and_nothing_twice(
    settings: Settings, warehouse: Warehouse, sql: Sql, orders: RawTable
) -> None:
    sql("insert into orders values (1, 10.5, 'placed', '{\"a\": 1}', '2026-01-01 10:00+01')")
    sql("insert into orders select 2, 20, 'placed', null, '2026-01-02 00:00+00'")
    sql("insert into orders select 3, 30, 'placed', null, '2026-01-02 00:00+00'")
    first = ingest(warehouse, settings, orders)
    assert (first.rows, first.rejects) == (3, 0)
    assert ingest(warehouse, settings, orders).rows == 0

    # same cursor value as the last row, a changed row, a row without a cursor
    sql("insert into orders select 4, 40, 'placed', null, '2026-01-02 00:00+00'")
    sql("update orders set status = 'shipped', updated_at = '2026-01-03 00:00+00' where id = 1")
    sql("insert into orders values (5, 50, 'placed', null, null)")
    assert ingest(warehouse, settings, orders).rows == 3
    assert ingest(warehouse, settings, orders).rows == 0
    found = rows(warehouse, orders, "id, total, status, updated_at::varchar as at, _row", "_row")
    assert found[0] == (1, 10.5, "placed", "2026-01-01 09:00:00", 1)
    assert sorted((row[0], row[2]) for row in found[3:]) == [(1, "shipped"), (4, "placed"), (5, "placed")]
    assert len({row[4] for row in found}) == 6


@pytest.mark.parametrize(
    ("kind", "first", "second"), [("numeric", "9.5", "10"), ("date", "'2026-01-01'", "'2026-01-02'")]
)
def test_a_cursor_is_read_on_from_in_its_type(
    settings: Settings, warehouse: Warehouse, sql: Sql, kind: str, first: str, second: str
) -> None:
    table = raw_table(PostgresLoad(dsn_env="SHOP_DSN", table="steps", cursor="step"), note="varchar")
    sql(f"drop table if exists steps; create table steps (step {kind}, note text); insert into steps values ({first})")
    assert ingest(warehouse, settings, table).rows == 1
    sql(f"insert into steps values ({second})")
    assert [ingest(warehouse, settings, table).rows for _ in range(2)] == [1, 0]


def test_a_cursor_that_cannot_be_read_on_from_is_refused_at_once(
    settings: Settings, warehouse: Warehouse, sql: Sql
) -> None:
    table = raw_table(PostgresLoad(dsn_env="SHOP_DSN", table="flags", cursor="flag"), note="varchar")
    sql("drop table if exists flags; create table flags (flag boolean); insert into flags values (true)")
    with pytest.raises(SourceError, match=r"load\.cursor holds bool"):
        ingest(warehouse, settings, table)
    assert not rows(warehouse, table)


def test_values_that_do_not_fit_are_rejects_once(settings: Settings, warehouse: Warehouse, sql: Sql) -> None:
    load = PostgresLoad(dsn_env="SHOP_DSN", table="orders", cursor="updated_at", reject_limit=0)
    table = raw_table(load, id="bigint", status="bigint")
    sql("insert into orders values (1, 1, 'seven', null, '2026-01-01'), (2, 2, '7', null, '2026-01-01')")
    result = ingest(warehouse, settings, table)
    assert (result.rows, result.rejects, result.over_limit) == (1, 1, True)
    assert result.new_columns == ["total", "note", "updated_at"]
    assert result.type_changes == ["column status: bigint in the raw table, varchar in the database"]
    again = ingest(warehouse, settings, table)
    assert (again.rows, again.rejects) == (0, 0)
    assert rejects(warehouse, "file, line, reason") == [("postgres:orders", 1, "column status: expected bigint")]


def test_a_load_that_breaks_half_way_leaves_nothing(
    settings: Settings, warehouse: Warehouse, sql: Sql, orders: RawTable
) -> None:
    sql("insert into orders select n, n, 'placed', null, '2026-01-01'::timestamptz + n * interval '1 s' "
        "from generate_series(1, 5) n")  # fmt: skip
    sql("create or replace view broken as select *, 1 / (5 - id) as x from orders")
    load = PostgresLoad(dsn_env="SHOP_DSN", table="broken", cursor="updated_at", batch_rows=2)
    table = raw_table(load, "broken", id="bigint")
    with pytest.raises(HeddleError):
        ingest(warehouse, settings, table)
    sql("drop view broken")
    assert rows(warehouse, table) == []
    assert warehouse.scalar("select count(*) from raw.raw_cursors") == 0
    assert ingest(warehouse, settings, orders).rows == 5


def test_a_server_that_is_away_is_an_error_for_people(
    settings: Settings, warehouse: Warehouse, monkeypatch: pytest.MonkeyPatch, orders: RawTable
) -> None:
    monkeypatch.setenv("SHOP_DSN", "postgresql://heddle:geheim@127.0.0.1:1/none")
    with pytest.raises(SourceError, match="orders cannot be read") as caught:
        ingest(warehouse, settings, orders)
    assert caught.value.where == "sources.yml:1"
    assert "geheim" not in str(caught.value)
    monkeypatch.delenv("SHOP_DSN")
    with pytest.raises(HeddleError, match="SHOP_DSN is not set"):
        ingest(warehouse, settings, orders)
