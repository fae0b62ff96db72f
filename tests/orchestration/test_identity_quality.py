"""The quality of identity in Dagster: what the page shows, when the checks fail, and that nobody is named."""

import base64
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import dagster as dg
import pytest
from hypothesis import given
from hypothesis import strategies as st

from heddle.errors import HeddleError
from heddle.settings import Settings
from heddle.warehouse import Warehouse, open_warehouse
from orchestration.bar_plot import bar_plot
from orchestration.defs.identity import identity_checks, identity_metadata, identity_quality
from orchestration.identity_limits import EXPLODES, JUMPS, load_limits, verdicts

RUNS = "seq bigint, mode varchar, as_of timestamp, links bigint, nodes bigint, new_links bigint"
TABLES = (
    "create schema identity",
    f"create table identity.identity_runs ({RUNS}, merges bigint, splits bigint, retired bigint, profiles bigint,"
    " largest_profile bigint, anonymous_profiles bigint, quarantined bigint)",
    "create table identity.identity_assignments (cluster bigint, profile_id varchar, born_at timestamp, nodes bigint)",
    "create table identity.identity_merges (run_seq bigint, change varchar, from_profile_id varchar,"
    " to_profile_id varchar, nodes bigint, cause varchar, reason varchar)",
    "create table identity.identity_quarantine"
    " (node bigint, node_type varchar, node_value varchar, guard varchar, reason varchar, people bigint)",
)
SOMEBODY = "anna.nowak@mail.example"
ROWS = (
    "insert into identity.identity_assignments select n, 'p' || n, null, [1, 1, 1, 4, 3, 70][n]"
    " from range(1, 7) as t(n)",
    "insert into identity.identity_merges values (2, 'merge', 'p9', 'p1', 3, 'edge', ''),"
    " (2, 'merge', 'p8', 'p1', 2, 'edge', ''), (2, 'split', 'p1', 'p7', 5, 'guard', ''),"
    " (1, 'merge', 'a', 'b', 9, 'edge', '')",
    f"insert into identity.identity_quarantine values (1, 'email', '{SOMEBODY}', 'degree_cap', 'seen', 7),"
    " (2, 'email', 'x@y', 'degree_cap', 'seen', 5), (3, 'phone', '+1', 'block_list', 'placeholder', null)",
)


def run(seq: int, largest: int = 10, merges: int = 0, profiles: int = 1000) -> dict[str, Any]:
    return {"seq": seq, "largest_profile": largest, "merges": merges, "profiles": profiles}


def failed(*runs: dict[str, Any]) -> set[str]:
    """The checks that fail for these runs, given oldest first."""
    return {verdict.check for verdict in verdicts(runs[::-1], load_limits()) if not verdict.passed}


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    (tmp_path / "dbt_project").mkdir()
    return Settings.load(tmp_path, state=tmp_path / "state", sources="demo")


@pytest.fixture
def warehouse(settings: Settings) -> Iterator[Warehouse]:
    with open_warehouse(settings) as wh:
        yield wh


def fill(wh: Warehouse, runs: Sequence[dict[str, Any]]) -> None:
    for statement in (*TABLES, *ROWS):
        wh.execute(statement)
    for row in runs:
        numbers = [row["seq"], row["merges"], row["profiles"], row["largest_profile"]]
        wh.execute(
            "insert into identity.identity_runs values"
            " (?, 'full', timestamp '2026-06-15 04:30:00', 20, 80, 5, ?, 1, 0, ?, ?, 2, 3)",
            numbers,
        )


def test_the_page_shows_the_last_run(warehouse: Warehouse) -> None:
    fill(warehouse, [run(1), run(2, largest=70, merges=2, profiles=6)])
    facts = identity_metadata(warehouse)["identity_map"]
    numbers = {name: value for name, value in facts.items() if isinstance(value, int | float)}
    assert numbers == {
        "identity_run": 2, "profiles": 6, "nodes": 80, "largest_profile": 70, "merges": 2, "splits": 1, "retired": 0,
        "quarantined": 3, "anonymous_share_percent": 33.33, "merge_rate_percent": 33.3333,
    }  # fmt: skip
    assert rows(facts["largest_profiles"])[:3] == [("p6", 70), ("p4", 4), ("p5", 3)]
    assert rows(facts["changes_of_this_run"]) == [("merge", "edge", 2, 5), ("split", "guard", 1, 5)]
    assert rows(facts["withheld_by_guard"]) == [("degree_cap", "email", 2, 12), ("block_list", "phone", 1, None)]
    assert [row[0] for row in rows(facts["last_runs"])] == [2, 1]


def rows(table: Any) -> list[tuple[object, ...]]:
    return [tuple(record.data.values()) for record in table.records]


def test_the_plot_has_a_bar_for_every_size_in_between(warehouse: Warehouse) -> None:
    fill(warehouse, [run(1)])
    plot = drawing(identity_metadata(warehouse)["identity_map"]["profile_sizes"].value)
    texts = re.findall(r"<text[^>]*>([^<]*)</text>", plot)[1:]
    sizes = dict(zip(texts[::2], texts[1::2], strict=True))
    assert {size: count for size, count in sizes.items() if count != "0"} == {"1": "3", "3-4": "2", "65-128": "1"}
    assert list(sizes) == ["1", "2", "3-4", "5-8", "9-16", "17-32", "33-64", "65-128"]


def drawing(markdown: str) -> str:
    found = re.fullmatch(r"!\[.*\]\(data:image/svg\+xml;base64,(.*)\)", markdown)
    assert found
    return base64.b64decode(found[1]).decode()


def test_a_plot_of_nothing_is_a_plot() -> None:
    assert "<svg" in drawing(bar_plot("Nothing", {}))
    assert "&lt;b&gt;" in drawing(bar_plot("Labels", {"<b>": 0}))


def test_nobody_is_named(warehouse: Warehouse) -> None:
    fill(warehouse, [run(1), run(2)])
    facts = identity_metadata(warehouse)["identity_map"]
    assert SOMEBODY not in repr(facts) + drawing(facts["profile_sizes"].value)


def test_before_the_first_run_there_is_nothing_to_show(warehouse: Warehouse) -> None:
    assert identity_metadata(warehouse) == {}
    assert failed() == set()


def test_a_profile_explodes() -> None:
    assert failed(run(1, largest=300), run(2, largest=1001)) == {EXPLODES}
    assert failed(run(1, largest=300), run(2, largest=1000)) == set()  # not over the limit
    assert failed(run(1, largest=400), run(2, largest=1200)) == set()  # not more than three times
    assert failed(run(1, largest=1001)) == {EXPLODES}  # a first run has nothing to have grown from


def test_the_merge_rate_jumps() -> None:
    usual = [run(n, merges=4) for n in range(1, 5)]
    assert failed(*usual, run(5, merges=21)) == {JUMPS}
    assert failed(*usual, run(5, merges=20)) == set()  # five times the median
    assert failed(*usual[:2], run(3, merges=900)) == set()  # the first runs are let pass
    assert failed(*[run(n) for n in range(1, 5)], run(5, merges=10)) == set()  # one in a hundred is no jump
    assert failed(*[run(n) for n in range(1, 5)], run(5, merges=11)) == {JUMPS}


@given(st.lists(st.integers(1, 10**9), min_size=2), st.integers(1, 1000))
def test_what_stays_as_it_is_never_fails(largest: list[int], merges: int) -> None:
    assert failed(*(run(n, max(largest), merges) for n in range(len(largest)))) == set()


def test_the_checks_report_to_dagster(settings: Settings) -> None:
    with open_warehouse(settings) as wh:
        fill(wh, [run(1, largest=300), run(2, largest=5012)])
    fake = SimpleNamespace(warehouse=lambda: open_warehouse(settings))
    resource = dg.ResourceDefinition.hardcoded_resource(fake)
    selection = dg.AssetSelection.checks(identity_quality)
    defs = dg.Definitions(
        asset_checks=[identity_quality],
        jobs=[dg.define_asset_job("ask", selection)],
        resources={"heddle": resource},
    )
    outcome = defs.resolve_job_def("ask").execute_in_process()
    found = {e.check_name: (e.passed, e.description) for e in outcome.get_asset_check_evaluations()}
    assert found[EXPLODES] == (False, "the largest profile has 5,012 nodes (limit 1,000; 300 in the run before)")
    assert found[JUMPS][0]


def test_a_project_without_identity_has_no_checks() -> None:
    node = {"resource_type": "model"}
    both = {"a": {**node, "name": "identity_map"}, "b": {**node, "name": "identity_runs"}}
    assert list(identity_checks({"nodes": both}).asset_checks or ()) == [identity_quality]
    assert not identity_checks({"nodes": {"a": both["a"]}}).asset_checks


@pytest.mark.parametrize(
    ("text", "what"),
    [("", "the file"), ("largest_profile: {nodes: 0, times_before: 3}", "largest_profile.nodes"), ("a: [", "the file")],
)
def test_limits_that_cannot_be_read_are_named(tmp_path: Path, text: str, what: str) -> None:
    (tmp_path / "limits.yml").write_text(text)
    with pytest.raises(HeddleError, match=re.escape(f"limits.yml: {what}: ")):
        load_limits(tmp_path / "limits.yml")
