"""docs/add_a_source.md, followed literally: its files are written where it says, its lines added where it says."""

import re
from datetime import datetime

import pytest

from heddle.settings import Settings
from heddle.warehouse import open_warehouse

from .conftest import ROOT, Staged, staging_project

STEP = re.compile(r"^`([^`]+)`(?:, below `([^`]+)`)?\n\n```\w+\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def add_below(text: str, keys: list[str], lines: str) -> str:
    """`lines` directly below the nested YAML keys."""
    rows, start = text.splitlines(keepends=True), 0
    for depth, key in enumerate(keys):
        start = next(i for i in range(start, len(rows)) if rows[i].startswith(f"{'  ' * depth}{key}:")) + 1
    return "".join([*rows[:start], lines, *rows[start:]])


@pytest.fixture(scope="module")
def bookshop(tmp_path_factory: pytest.TempPathFactory) -> Staged:
    root = staging_project(tmp_path_factory.mktemp("bookshop"))
    page = (ROOT / "docs/add_a_source.md").read_text()
    for name, below, content in STEP.findall(page):
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        keys = below.replace(":", "").split()
        path.write_text(add_below(path.read_text(), keys, content) if keys else content)
    settings = Settings.load(root=root, state=root / "state", sources=("bookshop",))
    staged = Staged(settings, datetime.fromisoformat("2026-02-01"))
    staged.load()
    staged.build()
    return staged


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
