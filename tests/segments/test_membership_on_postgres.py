"""Stored membership on a real Postgres is what it is on DuckDB, run by run: one merge there, single statements here."""

from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest
from postgres_cluster import needs_postgres, postgres_cluster
from postgres_project import on_postgres
from segment_project import Row, SegmentProject, make_project
from small_world import AS_OF

pytestmark = [needs_postgres, pytest.mark.slow]
LATER = AS_OF + timedelta(hours=1)
LAST = AS_OF + timedelta(hours=2)
BUYERS = "who:\n  - did: order_placed\n    within_last: 120 days\n"
CARTS = "per: cart_id\nwho:\n  - did: cart_updated\n    within_last: 2 days\n"
SEGMENTS = {
    "buyers": BUYERS,
    "guarded": BUYERS + "volume_guard: {max_change: 30%}\n",
    "carts": CARTS + "  - trait: plan\n    is_set: yes\n",
    "soon_failing": "who:\n  - trait: country\n    is_set: yes\n",
    "reader": "who:\n  - in_segment: buyers\n",
}
P3_ORDERS = """insert into profiles.profile_events (profile_id, event, occurred_at)
    values ('p3', 'order_placed', '2026-06-15 05:00')"""
# name, instant, what happens before it
STORY: tuple[tuple[str, datetime, tuple[str, ...]], ...] = (
    ("first", AS_OF, ()),
    ("somebody enters", LATER, (P3_ORDERS, "update profiles.profiles set plan = 'plus' where profile_id = 'p1'")),
    ("the same again", LATER, ()),
    (
        "corrected",
        LATER,
        (
            "delete from profiles.profile_events where profile_id = 'p3' and event = 'order_placed'",
            "update profiles.profile_events set event = 'gone' where profile_id = 'p2' and event = 'order_placed'",
        ),
    ),
    ("corrected again", LATER, ("update profiles.profile_events set event = 'order_placed' where event = 'gone'",)),
    ("a column is gone", LAST, ("alter table profiles.profiles rename column country to land",)),
    ("the past", AS_OF, ()),
)
Chapter = dict[str, list[Row]]


def told(project: SegmentProject) -> dict[str, Chapter]:
    for name, body in SEGMENTS.items():
        project.write(name, body)
    chapters = {}
    for name, as_of, changes in STORY:
        for change in changes:
            project.execute(change)
        if name == "a column is gone":
            project.write("carts", CARTS)
        outcome = project.dbt("build", as_of)
        chapters[name] = {segment: project.stays(segment) for segment in SEGMENTS}
        chapters[name] |= {f"run of {segment}": [project.latest_run(segment)] for segment in SEGMENTS}
        chapters[name]["payload"] = sorted(
            project.rows("select profile_id, cart_id, plan from segments.segment_carts where left_at is null"), key=str
        )
        chapters[name]["outcome"] = sorted(outcome.items())
    return chapters


@pytest.fixture(scope="module")
def stories(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[dict[str, Chapter], dict[str, Chapter]]]:
    reference = told(make_project(tmp_path_factory.mktemp("duckdb")))
    with postgres_cluster() as address:
        yield reference, told(on_postgres(tmp_path_factory.mktemp("postgres"), address))


@pytest.mark.parametrize("name", [name for name, *_ in STORY])
def test_every_run_leaves_the_same(stories: tuple[dict[str, Chapter], dict[str, Chapter]], name: str) -> None:
    reference, postgres = stories
    assert postgres[name] == reference[name]


def test_the_story_has_entries_exits_and_a_guard(stories: tuple[dict[str, Chapter], dict[str, Chapter]]) -> None:
    _, postgres = stories
    assert [row[0] for row in postgres["somebody enters"]["buyers"]] == ["p1", "p2", "p3"]
    assert postgres["corrected"]["buyers"][1] == ("p2", "", AS_OF, LATER)
    assert postgres["the same again"] == postgres["somebody enters"] | {
        "outcome": postgres["the same again"]["outcome"]
    }
    assert postgres["somebody enters"]["run of guarded"][0][4] == "blocked"
    assert ("segment_soon_failing", "error") in postgres["a column is gone"]["outcome"]
    assert postgres["a column is gone"]["soon_failing"] == postgres["first"]["soon_failing"]
    assert postgres["the past"]["buyers"] == postgres["a column is gone"]["buyers"]
