"""What Dagster shows of a segment: before a run its definition, after it its life; the checks; the overlaps."""

import base64
import re
from collections.abc import Iterator
from contextlib import chdir
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import dagster as dg
import pytest
from hypothesis import given
from hypothesis import strategies as st
from small_loop import Loop, small_loop

from heddle.settings import Settings
from heddle.warehouse import Warehouse, open_warehouse
from orchestration import segment_page
from orchestration.definitions import build_definitions
from orchestration.heat_map import heat_map
from orchestration.segment_facts import segment_facts
from orchestration.segment_health import SegmentRun, emptiness, freshness
from orchestration.segment_overlap import segment_overlap
from orchestration.trend_plot import Point, trend_plot

NOW = datetime.fromisoformat("2026-06-15T04:30")
PAYING, OVERLAPS = dg.AssetKey(["segments", "segment_paying"]), dg.AssetKey(["segments", "segment_overlaps"])
TABLES = (
    "create schema segments",
    "create schema profiles",
    "create table profiles.profiles as select 'p' || n as profile_id from range(10) as t(n)",
    "create table segments.segment_runs (segment varchar, as_of timestamp, members bigint, entered bigint,"
    " left_count bigint, previous bigint, verdict varchar, reason varchar, definition_hash varchar, run_at timestamp)",
    "create table segments.segment_memberships (segment varchar, profile_id varchar, member_key varchar)",
)
REACH = (
    "create table profiles.profile_reachability as select * from (values ('p1', 'email', 'marketing', true),"
    " ('p2', 'email', 'marketing', false), ('p1', 'email', 'ads', true), ('p1', 'ads', 'marketing', true),"
    " ('p2', 'sms', 'marketing', true)) as t (profile_id, channel, purpose, is_reachable)"
)


@pytest.fixture
def warehouse(tmp_path: Path) -> Iterator[Warehouse]:
    (tmp_path / "dbt_project").mkdir()
    with open_warehouse(Settings.load(tmp_path, state=tmp_path / "state", sources="demo")) as wh:
        for statement in (*TABLES, REACH):
            wh.execute(statement)
        yield wh


def record(wh: Warehouse, days_ago: int, members: int, verdict: str = "ok", definition: str = "a") -> None:
    reason = "too many" if verdict == "blocked" else None
    values = ["paying", NOW - timedelta(days=days_ago), members, 1, 2, 3, verdict, reason, definition]
    wh.execute("insert into segments.segment_runs values (?, ?, ?, ?, ?, ?, ?, ?, ?, now()::timestamp)", values)


def belong(wh: Warehouse, segment: str, *people: int, key: str = "") -> None:
    for person in people:
        wh.execute("insert into segments.segment_memberships values (?, ?, ?)", [segment, f"p{person}", key])


def drawing(markdown: str) -> str:
    found = re.fullmatch(r"!\[.*\]\(data:image/svg\+xml;base64,(.*)\)", markdown)
    assert found
    return base64.b64decode(found[1]).decode()


def test_the_page_tells_size_share_and_reach(warehouse: Warehouse) -> None:
    record(warehouse, 1, 2)
    record(warehouse, 0, 3)
    belong(warehouse, "paying", 1, 2)
    belong(warehouse, "paying", 1, key="c2")
    facts = segment_facts(warehouse, "Europe/Warsaw", {"paying": "every 15 minutes"})["segment_paying"]
    assert {name: value for name, value in facts.items() if isinstance(value, int | float)} == {
        "size": 3, "people": 2, "share_percent": 20.0, "entered": 1, "left": 2,
        "reachable_ads": 0, "reachable_email": 1, "reachable_sms": 1,
    }  # fmt: skip
    assert facts["guard"] == "ok"
    assert facts["next_run"].startswith("2026-06-15 06:45 Europe/Warsaw")
    assert [row.data["as_of"] for row in facts["last_runs"].records] == ["2026-06-15 04:30", "2026-06-14 04:30"]


@pytest.mark.parametrize(
    ("refresh", "told"),
    [("daily at 06:00", "2026-06-16 06:00"), ("daily at 07:15", "2026-06-15 07:15"), ("daily", "2026-06-16 05:00"),
     ("hourly", "2026-06-15 07:00")],
)  # fmt: skip
def test_the_page_tells_the_next_run_by_the_segments_own_time(warehouse: Warehouse, refresh: str, told: str) -> None:
    record(warehouse, 0, 3)
    facts = segment_facts(warehouse, "Europe/Warsaw", {"paying": refresh})["segment_paying"]
    assert facts["next_run"] == f"{told} Europe/Warsaw, when its schedule is switched on"


def test_a_blocked_run_shows_the_members_that_stayed(warehouse: Warehouse) -> None:
    record(warehouse, 1, 3)
    record(warehouse, 0, 900, "blocked", definition="b")
    belong(warehouse, "paying", 1, 2, 3)
    facts = segment_facts(warehouse, "UTC", {})["segment_paying"]
    assert facts["size"] == 3
    assert facts["guard"] == "blocked: too many; the members before it stay"
    assert [row.data["size"] for row in facts["last_runs"].records] == [3, 3]
    assert "new definition" in drawing(facts["trend"].value)


def test_a_project_without_reachability_or_runs_has_a_page(warehouse: Warehouse) -> None:
    assert segment_facts(warehouse, "UTC", {}) == {}
    warehouse.execute("drop table profiles.profile_reachability")
    record(warehouse, 0, 0)
    facts = segment_facts(warehouse, "UTC", {})["segment_paying"]
    assert facts["size"] == 0 and not [name for name in facts if name.startswith("reachable")]


@given(st.lists(st.tuples(st.integers(0, 10**9), st.integers(0, 10**6), st.booleans()), max_size=60))
def test_every_history_can_be_drawn(history: list[tuple[int, int, bool]]) -> None:
    points = [
        Point(NOW + timedelta(hours=place), size, moved, moved // 2, held, held)
        for place, (size, moved, held) in enumerate(history)
    ]
    plot = drawing(trend_plot("Members <b>", points))
    assert plot.count("<circle") == len(points) and "&lt;b&gt;" in plot
    assert not re.search(r"(nan|inf)", plot)


def run(hours_ago: float, members: int = 5, previous: int = 5, verdict: str = "ok") -> SegmentRun:
    at = NOW - timedelta(hours=hours_ago)
    return SegmentRun(at, members, 0, 0, previous, verdict, "a guard" if verdict != "ok" else None, "hash")


def test_freshness_is_what_refresh_promises() -> None:
    for words, hours in (("every 15 minutes", 0.5), ("hourly", 1.25), ("daily", 26), ("daily at 06:00", 26)):
        assert freshness([run(hours)], words, NOW).passed
        assert not freshness([run(hours + 0.01)], words, NOW).passed
    assert not freshness([], "daily", NOW).passed


def test_a_segment_that_is_held_back_goes_stale() -> None:
    held = [run(0, verdict="blocked"), run(1)]
    assert freshness(held, "hourly", NOW).passed
    stale = freshness(held, "every 15 minutes", NOW)
    assert not stale.passed and "since then a guard" in stale.why
    assert freshness(held[:1], "every 15 minutes", NOW).why == "never refreshed: a guard"


def test_emptiness() -> None:
    lost = emptiness([run(0, members=0), run(1)])
    assert not lost.passed and lost.grave and lost.why == "all 5 members left in the last run"
    empty = [run(hour, members=0, previous=0) for hour in range(3)]
    assert emptiness(empty[:2]).passed
    assert not emptiness(empty).passed and not emptiness(empty).grave
    assert emptiness([run(0, members=0, verdict="blocked"), run(1)]).passed  # the old members stay


def test_overlaps_count_people_once_and_are_shares_of_the_smaller(warehouse: Warehouse) -> None:
    belong(warehouse, "large", 1, 2, 3, 4)
    belong(warehouse, "small", 3, 9)
    belong(warehouse, "small", 3, key="another cart")
    belong(warehouse, "apart", 7)
    overlap = segment_overlap(warehouse)
    assert overlap.names == ("large", "small", "apart")
    assert overlap.shared == ((4, 1, 0), (1, 2, 0), (0, 0, 1))
    assert overlap.share(0, 1) == overlap.share(1, 0) == 0.5
    assert overlap.pairs()[0] == (0, 1)


def test_overlaps_are_those_of_sets(warehouse: Warehouse) -> None:
    sets = {f"s{n:02}": {p for p in range(40) if (p * 7 + n) % (n + 2) == 0} for n in range(20)}
    for name, people in sets.items():
        belong(warehouse, name, *people)
    overlap = segment_overlap(warehouse)
    assert len(overlap.names) == 15 and len(sets[overlap.names[14]]) >= min(map(len, sets.values()))
    for one, name in enumerate(overlap.names):
        for other, second in enumerate(overlap.names):
            assert overlap.shared[one][other] == len(sets[name] & sets[second])


def test_nobody_in_any_segment_is_an_empty_map(warehouse: Warehouse) -> None:
    assert segment_overlap(warehouse).names == ()
    assert "<svg" in drawing(heat_map("None", "note", [], []))


def node(owner: object = None, **segment: object) -> dict[str, Any]:
    meta = {"segment": {"file": "segments_yaml/a.yml", **segment}, **({"owner": owner} if owner else {})}
    return {"config": {"meta": meta}, "description": "One row per stay of a member. Paying:\n- did: x\nDaily."}


@pytest.mark.parametrize(
    ("written", "owners"),
    [("crm@shop.example", ["crm@shop.example"]), ("CRM team", ["team:CRM team"]), ("team:crm", ["team:crm"]),
     ("crm@localhost", ["team:crm@localhost"]), (None, None), (" ", None)],
)  # fmt: skip
def test_owners_take_a_form_that_dagster_knows(written: str | None, owners: list[str] | None) -> None:
    found = segment_page.owners(node(written))
    assert found == owners
    if found:
        dg.AssetSpec("x", owners=found)


def test_the_yaml_of_a_page_cannot_leave_its_block(tmp_path: Path) -> None:
    (tmp_path / "segments_yaml").mkdir()
    (tmp_path / "segments_yaml/a.yml").write_text("title: |\n  ```\n  # not a heading\n")
    page = segment_page.description(node(payload=["cart_id"]), tmp_path)
    assert page.startswith("Paying:\n- did: x\n\nDaily.") and "`cart_id`" in page
    assert page.endswith("````") and "````yaml\ntitle" in page


@pytest.fixture(scope="module")
def loop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Loop]:
    with small_loop(tmp_path_factory.mktemp("segment pages")) as loop:
        file = loop.settings.root / "segments_yaml/fixture/paying.yml"
        file.write_text(file.read_text() + "owner: crm@shop.example\n")
        yield loop


def test_the_definition_is_on_the_page_before_any_run(loop: Loop) -> None:
    graph = build_definitions(loop.settings).resolve_asset_graph().get(PAYING)
    assert list(graph.owners) == ["crm@shop.example"]
    assert graph.tags["refresh"] == "every-15-minutes"
    assert graph.description and "Plan is paid" in graph.description and "who: [{trait: plan" in graph.description


def test_a_run_leaves_numbers_pictures_and_checks(loop: Loop) -> None:
    report = loop.run()
    assert report.succeeded and not report.failed_checks
    root = loop.settings.root
    with chdir(root), dg.DagsterInstance.from_config(str(root)) as instance:
        page = materialization(instance, PAYING)
        overlap = materialization(instance, OVERLAPS)
    assert page["size"].value == 2 and page["share_percent"].value == 66.67
    assert "<svg" in drawing(str(page["trend"].value)) and "<svg" in drawing(str(overlap["overlap"].value))
    assert overlap["most_alike"].records[0].data["in_both"] == 0

    loop.write("data/people-later.csv", "id,plan\n1,none\n3,none\n")
    loop.write("dbt_project/models/staging/fixture/stg_people.sql", LATEST)
    tomorrow = Loop(loop.settings.model_copy(update={"as_of": NOW + timedelta(days=1)}))
    tomorrow.settings.export()
    lost = tomorrow.run()
    assert lost.failed_checks["segments/segment_paying: not_empty"] == "error"


LATEST = """
select id, plan from {{ source('shop', 'people') }}
qualify row_number() over (partition by id order by _loaded_at desc, _file desc) = 1
"""


def materialization(instance: dg.DagsterInstance, key: dg.AssetKey) -> Any:
    event = instance.get_latest_materialization_event(key)
    assert event and event.asset_materialization
    return event.asset_materialization.metadata
