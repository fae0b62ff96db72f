"""A payload column whose type changes under its name: the segment goes on, no stored value is lost. On both engines."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from postgres_cluster import needs_postgres, postgres_cluster
from postgres_project import on_postgres
from segment_project import SegmentProject, make_project
from small_world import AS_OF

pytestmark = pytest.mark.slow
QUERY = """sql: |
  select profile_id, {columns}
  from {{{{ ref('profiles') }}}}
  where plan is not null
"""
BEFORE = {
    "total": "lifetime_value",  # to text: every stored value has a spelling
    "label": "plan",  # to a number: some stored texts are none
    "amount": "cast(floor(lifetime_value) as int)",  # to a larger whole number
    "score": "lifetime_value",  # to a smaller one, which fits into what is stored
    "seen": "cast(first_order_at as date)",  # to a moment
    "same": "city",
    "watched": "cast(floor(lifetime_value) as int)",  # to a larger one, while a view reads it
}
AFTER = {
    "total": "'€' || plan",
    "label": "lifetime_value",
    "amount": "cast(floor(lifetime_value) as bigint)",
    "score": "cast(floor(lifetime_value) as int)",
    "seen": "first_order_at",
    "same": "city",
    "watched": "cast(floor(lifetime_value) as bigint)",
}
TEXTS = {"varchar", "text", "character varying"}
TYPES = "select column_name, data_type from information_schema.columns where table_name = 'segment_typed'"


def typed(columns: dict[str, str]) -> str:
    return QUERY.format(columns=", ".join(f"{value} as {name}" for name, value in columns.items()))


@pytest.fixture(scope="module", params=["duckdb", pytest.param("postgres", marks=needs_postgres)])
def project(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[SegmentProject]:
    """Run three times: with the first types, with the others when p2 has left, and with them again."""
    root = tmp_path_factory.mktemp(request.param)
    if request.param == "duckdb":
        yield told(make_project(root))
    else:
        with postgres_cluster() as address:
            yield told(on_postgres(root, address))


def told(project: SegmentProject) -> SegmentProject:
    project.write("typed", typed(BEFORE))
    project.write("reader", "who:\n  - in_segment: typed\n")
    project.write("citizens", "who:\n  - trait: city\n    is_set: yes\n  - trait: plan\n    is_set: yes\n")
    assert project.dbt("run", AS_OF)["segment_typed"] == "success"
    project.execute("create view profiles.asked as select watched from segments.segment_typed where left_at is null")
    project.write("typed", typed(AFTER))
    project.execute("update profiles.profiles set plan = null where profile_id = 'p2'")
    outcome = project.dbt("run", AS_OF + timedelta(hours=1))
    assert set(outcome.values()) == {"success"}, outcome
    return project


def stored(project: SegmentProject, who: str, *columns: str) -> tuple[Any, ...]:
    (row,) = project.rows(f"select {', '.join(columns)} from segments.segment_typed where profile_id = '{who}'")
    return row


def types(project: SegmentProject) -> dict[str, str]:
    return {str(name): str(kind).lower() for name, kind in project.rows(TYPES)}


def test_who_is_in_has_the_new_values(project: SegmentProject) -> None:
    row = stored(project, "p1", "total", "label", "amount", "score", "label_v1", "left_at")
    assert row == ("€trial", 1200.0, 1200, 1200, None, None)


def test_whoever_left_before_keeps_the_old_ones(project: SegmentProject) -> None:
    row = stored(project, "p2", "label", "label_v1", "amount", "score", "left_at")
    assert row == (None, "club", 300, 300, AS_OF + timedelta(hours=1))
    assert float(stored(project, "p2", "total")[0]) == 300.0, "as text"
    assert str(stored(project, "p2", "seen")[0]) == "2026-06-14 00:00:00"


def test_a_column_takes_the_type_that_holds_both_or_is_put_aside(project: SegmentProject) -> None:
    found = types(project)
    assert found["amount"] == "bigint" and found["seen"].startswith("timestamp")
    assert found["score"].startswith("double") and found["label"].startswith("double"), "score stays as it is"
    assert {found[name] for name in ("total", "label_v1", "same")} <= TEXTS


def test_a_view_over_a_column_stops_nothing(project: SegmentProject) -> None:
    """Postgres refuses to change the type of what a view reads; there the column is put aside."""
    assert types(project)["watched"] == "bigint"
    assert stored(project, "p1", "watched") == (1200,)
    kept = "watched_v1" if "watched_v1" in types(project) else "watched"
    assert stored(project, "p2", kept) == (300,)


def test_the_run_says_what_became_of_the_old_values(project: SegmentProject) -> None:
    assert project.latest_run("typed")[4] == "ok"
    assert str(project.latest_run("typed")[5]).startswith("label is ")
    assert "it is kept in label_v1" in str(project.latest_run("typed")[5])


def test_the_same_again_changes_nothing(project: SegmentProject) -> None:
    every = "select * from segments.segment_typed order by profile_id"
    before, kinds = project.rows(every), types(project)
    assert project.dbt("run", AS_OF + timedelta(hours=1))["segment_typed"] == "success"
    assert (project.rows(every), types(project)) == (before, kinds)


def test_the_type_may_change_back(project: SegmentProject) -> None:
    project.write("typed", typed(BEFORE))
    assert project.dbt("run", AS_OF + timedelta(hours=2))["segment_typed"] == "success"
    assert stored(project, "p1", "label", "label_v1", "total", "total_v1") == ("trial", None, 1200.0, None)
    assert stored(project, "p2", "label", "label_v1", "total") == (None, "club", None)
    assert float(stored(project, "p2", "total_v1")[0]) == 300.0
    found = types(project)
    assert {found["label"], found["total_v1"]} <= TEXTS and found["amount"] == "bigint"
    assert project.rows("select count(*) from segments.segment_reader where left_at is null") == [(3,)]


def test_a_column_that_is_personal_by_now_is_empty_in_every_stay(project: SegmentProject) -> None:
    """The story goes on: the city is marked. Who left before loses it as well, and keeps everything else; a raw query
    that names it is a faulty file by now, whose stays stay."""
    ask = "select profile_id, left_at is null, city, plan from segments.segment_citizens order by 1"
    names = "select profile_id, same is null, label_v1 from segments.segment_typed order by 1"
    before, raw = project.rows(ask), project.rows(names)
    assert ("p2", False) in [row[:2] for row in before] and all(row[2] and row[3] for row in before)
    catalog = project.settings.root / "dbt_project/models/profiles/_profiles__models.yml"
    text = catalog.read_text()
    catalog.write_text(text.replace("{trait: {title: City,", "{pii: true, trait: {title: City,"))
    outcomes = [project.dbt("run", AS_OF + timedelta(hours=3))["segment_citizens"] for _ in range(2)]
    assert outcomes == ["success", "success"]
    assert project.rows(ask) == [(*row[:2], None, row[3]) for row in before]
    assert project.rows(names) == raw, "an alias is not known by what it once was"
    catalog.write_text(text)
    project.write("citizens", "who:\n  - trait: plan\n    is_set: yes\n")
    assert project.dbt("run", AS_OF + timedelta(hours=4))["segment_citizens"] == "success"
    assert project.rows(ask) == [(*row[:2], None, row[3]) for row in before]
