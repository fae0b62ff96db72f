"""docs/add_a_source.md, followed literally: its files are written where it says, its lines added where it says."""

import re
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import pytest

from heddle.settings import Settings
from heddle.warehouse import open_warehouse
from orchestration.fingerprint import inputs_fingerprint

from .conftest import ROOT, Staged, staging_project

STEP = re.compile(r"^`([^`]+)`(?:, below `([^`]+)`)?\n\n```\w+\n(.*?)^```$", re.MULTILINE | re.DOTALL)
SALES, ARRIVED = "source('bookshop', 'sales')", "'joined', arrived=['_synced_at'])"


def add_below(text: str, keys: list[str], lines: str) -> str:
    """`lines` directly below the nested YAML keys."""
    rows, start = text.splitlines(keepends=True), 0
    for depth, key in enumerate(keys):
        start = next(i for i in range(start, len(rows)) if rows[i].startswith(f"{'  ' * depth}{key}:")) + 1
    return "".join([*rows[:start], lines, *rows[start:]])


def written(folder: Path, left_out: str = "nothing", change: Callable[[str], str] = str) -> Staged:
    """The bookshop as the page makes it, without the lines that are `left_out`, every text changed."""
    root = staging_project(folder)
    page = (ROOT / "docs/add_a_source.md").read_text()
    for name, below, content in STEP.findall(page):
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        keys = below.replace(":", "").split()
        kept = "" if left_out in keys else re.sub(rf"^.*{left_out}: .*\n", "", change(content), flags=re.MULTILINE)
        path.write_text(add_below(path.read_text(), keys, kept) if keys else kept)
    settings = Settings.load(root=root, state=root / "state", sources=("bookshop",))
    return Staged(settings, datetime.fromisoformat("2026-02-01"))


def built(folder: Path, left_out: str = "nothing") -> Staged:
    staged = written(folder, left_out)
    staged.load()
    staged.build()
    return staged


@pytest.fixture(scope="module")
def bookshop(tmp_path_factory: pytest.TempPathFactory) -> Staged:
    return built(tmp_path_factory.mktemp("bookshop"))


def loaded_by_somebody_else(text: str) -> str:
    """The page's section about such tables, followed with the rest of it."""
    text = text.replace("_loaded_at", "_synced_at").replace("'reader_id', 'joined')", f"'reader_id', {ARRIVED}")
    text = text.replace(
        "first_loaded(source('bookshop', 'sales'), 'sale_id')",
        f"newest({SALES}, 'sale_id', {ARRIVED}".replace("joined", "sold_at"),
    )
    return re.sub(r"^          meta:\n            load: .*\n", "          meta: {}\n", text, flags=re.MULTILINE)


def test_a_table_that_somebody_else_loads_is_read_where_it_is(tmp_path: Path) -> None:
    shop = written(tmp_path, "nothing", loaded_by_somebody_else)
    assert ARRIVED in (ROOT / "docs/add_a_source.md").read_text()
    shop.load()
    with open_warehouse(shop.settings) as warehouse:
        warehouse.execute("create schema bookshop")
        typed = "* replace (try_cast(price as double) as price)"
        for table, file, columns in (("readers", "readers.csv", "*"), ("sales", "sales-2026-01.csv", typed)):
            rows = f"select {columns}, timestamp '2026-01-31' as _synced_at from '{shop.settings.data}/bookshop/{file}'"
            warehouse.execute(f"create table bookshop.{table} as {rows}")
            warehouse.execute(f"insert into bookshop.{table} select * from bookshop.{table} limit 2")
    shop.build()
    assert [f"{r.name}: {r.message}" for r in shop.results if not r.ok] == []
    assert shop.rows("select count(*), count(distinct loaded_at) from staging.stg_bookshop__readers") == [(3, 1)]
    assert shop.rows("select count(*) from staging.stg_bookshop__order_lines") == [(5,)]
    assert inputs_fingerprint(shop.settings, "heddle") is None


def test_a_model_whose_numbers_nobody_looks_up_is_an_error(tmp_path: Path) -> None:
    failed = {result.name: result.message for result in built(tmp_path, "phones").results if result.status == "error"}
    assert "Add the line `- stg_bookshop__readers`" in failed["stg_bookshop__readers"]


def test_without_a_region_numbers_with_a_country_code_are_found(tmp_path: Path) -> None:
    shop = built(tmp_path, "phone_region")
    shop.build()
    phones = "from staging.stg_bookshop__identifiers where identifier_type = 'phone'"
    assert shop.rows(f"select identifier_value {phones}") == [("+48601100200",)]
    assert shop.rows("select count(*) from staging.phone_numbers") == [(2,)], "each spelling looked up once"


def test_norway_is_not_a_no(tmp_path: Path) -> None:
    shop = built(tmp_path)
    declared = shop.settings.dbt_project / "models/staging/bookshop/_bookshop__sources.yml"
    told = declared.read_text()
    declared.write_text(told.replace("phone_region: PL", "phone_region: NO"))
    shop.build()
    failed = {result.name: result.message for result in shop.results if result.status == "error"}
    assert 'write it in quotes, phone_region: "NO"' in failed["stg_bookshop__readers"]
    declared.write_text(told.replace("phone_region: PL", 'phone_region: "NO"'))
    shop.build()
    assert shop.rows("select distinct region from staging.phone_numbers order by 1") == [("NO",), ("PL",)]


def test_a_number_whose_region_is_null_fails_a_test_and_is_looked_up_once(tmp_path: Path) -> None:
    shop = built(tmp_path)
    model = shop.settings.dbt_project / "models/staging/bookshop/stg_bookshop__readers.sql"
    region = "{{ phone_region('bookshop') }}"
    model.write_text(model.read_text().replace(region, f"nullif({region}, 'PL')"))
    for _ in range(2):
        shop.build()
        assert "one_row_per_phone_numbers_phone_text__region" in [r.name for r in shop.results if r.status == "fail"]
    assert shop.rows("select count(*) from staging.phone_numbers where region is null") == [(2,)]


def test_everything_builds_and_every_test_passes(bookshop: Staged) -> None:
    assert [f"{r.name}: {r.message}" for r in bookshop.results if not r.ok] == []
    assert len(bookshop.results) == 12


def test_the_page_says_what_comes_out(bookshop: Staged) -> None:
    with open_warehouse(bookshop.settings) as warehouse:
        rejects = warehouse.query("select line, reason from raw.raw_rejects order by line").to_pylist()
    assert [tuple(row.values()) for row in rejects] == [
        (5, "column price: expected double"),
        (6, "column sold_at: required, and empty"),
    ]
    assert bookshop.rows("select count(*) from staging.stg_bookshop__readers") == [(3,)]
    assert bookshop.rows("select sum(amount) from staging.stg_bookshop__events where record_id is not null") == [
        (90.0,)
    ]


def test_identifiers_of_the_readers(bookshop: Staged) -> None:
    found = bookshop.rows("select record_id, identifier_type, identifier_value from staging.stg_bookshop__identifiers")
    assert sorted(found) == [
        ("u:1", "email", "ann@example.com"),
        ("u:1", "phone", "+48600100200"),
        ("u:1", "user_id", "1"),
        ("u:2", "email", "bo@example.com"),
        ("u:2", "user_id", "2"),
        ("u:3", "phone", "+48601100200"),
        ("u:3", "user_id", "3"),
    ]
