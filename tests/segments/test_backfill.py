"""Replayed history is what daily runs would have stored; what runs recorded stays; a killed replay goes on."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from segment_project import SegmentProject, make_project
from small_world import AS_OF, catalog, utc

from heddle.errors import SegmentError
from heddle.segments.backfill import Day, backfill, unknown_past
from heddle.segments.backfill.replay import Replay
from heddle.segments.duration import parse_duration
from heddle.segments.members import members_at
from heddle.segments.parse import parse_segment

ACTIVE = "who: [{did: any_activity, within_last: 3 days}]\n"
CARTS = "per: cart_id\nwho: [{did: cart_updated, within_last: 2 days}]\n"
GUARDED = "who: [{did: order_placed, within_last: 4 days}]\nvolume_guard: {max: 2, max_change: 60%}\n"
SILENT = "who: [{did: product_viewed, within_last: 5 days}, {did_not: order_placed, since: product_viewed}]\n"
READER = "who: [{in_segment: active}]\nexclude: [guarded]\n"
SEGMENTS = {"active": ACTIVE, "carts": CARTS, "guarded": GUARDED, "silent": SILENT, "reader": READER}
FIRST, LAST = date(2026, 6, 1), date(2026, 6, 8)
ZONE_SHIFT = timedelta(hours=2)  # Warsaw's midnight is 22:00 UTC of the day before
DAYS = [datetime(2026, 6, 1, tzinfo=UTC).replace(tzinfo=None) + timedelta(days=n) - ZONE_SHIFT for n in range(8)]
EVENTS = st.lists(
    st.tuples(
        st.sampled_from(["p1", "p2", "p3"]),
        st.sampled_from(["order_placed", "product_viewed", "cart_updated"]),
        st.integers(0, 24 * 9),
        st.sampled_from(["c1", "c2"]),
    ),
    max_size=25,
)
Event = tuple[str, str, int, str]


@pytest.fixture
def project(tmp_path: Path) -> SegmentProject:
    made = make_project(tmp_path)
    for name, body in SEGMENTS.items():
        made.write(name, body)
    set_clock(made, AS_OF)
    return made


def set_clock(project: SegmentProject, as_of: datetime) -> None:
    project.execute("create schema if not exists heddle")
    project.execute("create or replace table heddle.clock as select ?::timestamp as as_of", [as_of])


def happen(project: SegmentProject, events: list[Event]) -> None:
    """Replaces the events: `hours` after the first of June, UTC."""
    rows = ["('', '', null::timestamp, null)"]
    for (profile, event, _, cart), (*_, at) in zip(events, moments(events), strict=True):
        carried = f"'{cart}'" if event == "cart_updated" else "null"
        rows.append(f"('{profile}', '{event}', '{at}', {carried})")
    project.execute(f"""delete from profiles.profile_events;
        insert into profiles.profile_events (profile_id, event, occurred_at, cart_id)
        select * from (values {", ".join(rows)}) as happened(who, event, at_, cart) where at_ is not null""")


def fill(project: SegmentProject, *names: str, first: date = FIRST, last: date = LAST) -> None:
    for name in names:
        backfill(project.settings, name, first, last, with_todays_values=True)


def forget(project: SegmentProject) -> None:
    for schema in ("segments", "heddle"):
        project.execute(f"drop schema if exists {schema} cascade")
    set_clock(project, AS_OF)


HISTORY: list[Event] = [
    ("p1", "order_placed", 20, "c1"),
    ("p1", "product_viewed", 30, "c1"),
    ("p2", "cart_updated", 40, "c1"),
    ("p2", "cart_updated", 41, "c2"),
    ("p2", "cart_updated", 80, "c2"),
    ("p3", "order_placed", 70, "c1"),
    ("p2", "order_placed", 75, "c1"),
    ("p1", "order_placed", 150, "c1"),
    ("p3", "product_viewed", 160, "c1"),
]


@pytest.mark.slow
def test_it_stores_what_a_dbt_run_on_each_day_stores(project: SegmentProject) -> None:
    happen(project, HISTORY)
    asked = f"select profile_id from {{{{ segment_members_at('active', \"timestamp '{DAYS[4]}'\") }}}} as members"
    (project.settings.root / "dbt_project/models/segments/asked.sql").write_text(asked)
    for day in DAYS:
        project.dbt("run", day)
    told = {str(row[0]) for row in project.rows("select profile_id from segments.asked")}
    assert told == members(project, "active", DAYS[4]) != members(project, "active", DAYS[7])
    live = {name: project.stays(name) for name in SEGMENTS}
    runs = "select segment, as_of, members, entered, left_count, verdict, reason from segments.segment_{} order by all"
    # of a blocked run segment_runs shows what was found, a backfill what stayed
    recorded = [row for row in project.rows(runs.format("runs")) if row[5] == "ok"]
    blocked = [row[:2] for row in project.rows(runs.format("runs")) if row[5] == "blocked"]
    assert blocked, "the guard has something to do"
    forget(project)
    fill(project, *SEGMENTS)
    assert {name: project.stays(name) for name in SEGMENTS} == live
    filled = project.rows(runs.format("backfills"))
    assert [row for row in filled if row[5] == "ok"] == recorded
    assert [row[:2] for row in filled if row[5] == "blocked"] == blocked
    assert live["carts"], "some carts are members"


def test_more_members_than_a_block_of_the_warehouse_holds_leave_again(project: SegmentProject) -> None:
    """They were inserted in the transaction that made the table, and no condition found them: none left, all entered
    once more each day."""
    happen(project, HISTORY)
    many, at = 125_000, DAYS[0] + ZONE_SHIFT
    project.execute(f"""insert into profiles.profiles (profile_id) select 'many' || i from range({many}) as t(i);
        insert into profiles.profile_events (profile_id, event, occurred_at)
        select 'many' || i, 'order_placed', '{at}' from range({many}) as t(i)""")
    fill(project, "active", first=date(2026, 6, 2))
    told = """select count(*), count(left_at), count(distinct profile_id) from segments.segment_active
        where starts_with(profile_id, 'many')"""
    assert project.rows(told) == [(many, many, many)]


@settings(
    max_examples=5,
    deadline=None,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(events=EVENTS)
def test_every_day_has_the_members_of_that_day(project: SegmentProject, events: list[Event]) -> None:
    """Against a replay of the rules in Python, for any history."""
    happen(project, events)
    forget(project)
    fill(project, "active", "guarded", "silent", "reader")
    for day in DAYS[1::2]:
        active = {who for who, _, at in moments(events) if day - timedelta(days=3) < at <= day}
        assert members(project, "active", day) == active
        assert members(project, "reader", day) == active - members(project, "guarded", day)
        assert members(project, "silent", day) == silent(events, day)


def moments(events: list[Event]) -> Iterator[tuple[str, str, datetime]]:
    for who, event, hours, _ in events:
        yield who, event, DAYS[0] + ZONE_SHIFT + timedelta(hours=hours - 24)


def silent(events: list[Event], day: datetime) -> set[str]:
    known = [(who, event, at) for who, event, at in moments(events) if at <= day]
    views = sorted((at, who) for who, event, at in known if event == "product_viewed")
    last = {who: at for at, who in views}
    ordered = {who for who, event, at in known if event == "order_placed" and who in last and at > last[who]}
    return {who for who, at in last.items() if at > day - timedelta(days=5)} - ordered


def members(project: SegmentProject, name: str, at: datetime) -> set[str]:
    return {str(row["profile_id"]) for row in members_at(project.settings, name, at).rows}


@pytest.mark.slow
def test_what_runs_recorded_is_never_changed(project: SegmentProject) -> None:
    happen(project, HISTORY)
    project.dbt("run", DAYS[5])
    before = project.stays("active")
    found = backfill(project.settings, "active", FIRST, LAST)
    assert (len(found.days), found.recorded, found.recorded_since) == (5, 3, DAYS[5])
    after = project.stays("active")
    assert [row for row in after if row in before] == before
    filled = [row for row in after if row not in before]
    assert filled
    assert all(row[3] <= DAYS[5] for row in filled), "open stays end where the recorded ones begin"
    assert members(project, "active", DAYS[5]) == {row[0] for row in before}
    again = backfill(project.settings, "active", FIRST, LAST)
    assert (again.days, again.recorded_since) == ((), DAYS[0])
    assert project.stays("active") == after
    project.dbt("run", DAYS[7])
    assert project.rows("select verdict from segments.segment_runs where segment = 'active'") == [("ok",), ("ok",)]


def test_a_column_of_another_type_is_named_and_nothing_is_stored(project: SegmentProject) -> None:
    """A run changes the types of what is stored; a replay does not."""
    happen(project, HISTORY)
    project.write("typed", ACTIVE.replace("]", "}, {trait: plan, is_set: yes}]").replace("}}", "}"))
    project.execute("create schema if not exists segments")
    stored = "profile_id varchar, member_key varchar, entered_at timestamp, left_at timestamp, plan"
    project.execute(f"create table segments.segment_typed ({stored} bigint)")
    with pytest.raises(SegmentError, match="`plan` of typed is stored as bigint, and the definition gives varchar now"):
        fill(project, "typed")
    assert project.stays("typed") == []
    project.execute(f"create or replace table segments.segment_typed ({stored} varchar)")
    fill(project, "typed")
    assert project.stays("typed")


def test_a_killed_replay_goes_on_where_it_stopped(project: SegmentProject) -> None:
    happen(project, HISTORY)
    fill(project, "active")
    whole = project.stays("active")
    forget(project)

    class Killed(BaseException): ...

    def stop(day: Day, done: int, of: int) -> None:
        if done == 4:
            raise Killed

    with pytest.raises(Killed):
        backfill(project.settings, "active", FIRST, LAST, on_day=stop)
    assert project.rows("select count(*) from information_schema.tables where table_name = 'segment_active'") == [(0,)]
    told: list[int] = []
    found = backfill(project.settings, "active", FIRST, LAST, on_day=lambda day, done, of: told.append(done))
    assert told == [5, 6, 7, 8], "four days were kept"
    assert len(found.days) == 8
    assert project.stays("active") == whole
    assert project.rows("select count(*) from heddle.backfill_days") == [(0,)]


def test_a_day_is_whole_or_not_there(project: SegmentProject, monkeypatch: pytest.MonkeyPatch) -> None:
    happen(project, HISTORY)
    monkeypatch.setattr(Replay, "_moved", lambda self, at: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        fill(project, "active")
    assert project.rows("select count(*) from heddle.backfill_days") == [(0,)]
    monkeypatch.undo()
    fill(project, "active")
    assert project.stays("active")


def test_another_definition_starts_anew(project: SegmentProject) -> None:
    happen(project, HISTORY)
    with pytest.raises(RuntimeError):
        backfill(project.settings, "active", FIRST, LAST, on_day=_fail)
    project.write("active", ACTIVE.replace("3 days", "1 day"))
    told: list[int] = []
    backfill(project.settings, "active", FIRST, LAST, on_day=lambda day, done, of: told.append(done))
    assert told[0] == 1


def _fail(day: Day, done: int, of: int) -> None:
    raise RuntimeError


def test_it_refuses_what_cannot_be_known_and_says_which_rule(project: SegmentProject) -> None:
    project.write("mixed", "who:\n  - did: order_placed\n  - trait: plan\n    is: club\n  - can_receive: email\n")
    with pytest.raises(SegmentError) as refused:
        backfill(project.settings, "mixed", FIRST, LAST)
    told = str(refused.value)
    assert "mixed.yml:5:12: warning: reads the trait `plan`: profiles keep the value of today" in told
    assert "mixed.yml:7:18: warning: reads who can be reached by email" in told
    assert "--with-todays-values" in told
    found = backfill(project.settings, "mixed", FIRST, LAST, with_todays_values=True)
    assert len(found.unknown) == 2


@pytest.mark.parametrize(
    ("rule", "unknown"),
    [
        ("{did: feature_used, within_last: %s}", True),
        ("{did: feature_used, last_time: {newer_than: %s}}", True),
        ("{did: feature_used, regularly: {every: year, at_least: 1 of 2}}", True),
        ("{sequence: [{did: feature_used}, {then: order_placed}], within_last: %s}", True),
        ("{did: feature_used, within_last: 1 day}", False),
        ("{did: order_placed, within_last: %s}", False),
    ],
)
def test_events_are_known_within_their_retention(rule: str, unknown: bool) -> None:
    text = "segment: case\ntitle: Case\nwho:\n  - " + (rule % "2 years" if "%" in rule else rule) + "\n"
    segment = parse_segment(text, "case.yml").segment
    assert segment is not None
    now = utc(2026, 6, 15)
    kept = replace(catalog().events["feature_used"], retention=parse_duration("1 year"))
    known = replace(catalog(), events={**catalog().events, "feature_used": kept})
    found = unknown_past(segment, known, now - timedelta(days=30), now, {})
    assert [finding.what for finding in found] == ["reads `feature_used`, which is kept for 1 year only"] * unknown


def test_a_segment_that_is_read_comes_first(project: SegmentProject) -> None:
    happen(project, HISTORY)
    with pytest.raises(SegmentError, match="reads the members of `active`, which has no history") as refused:
        backfill(project.settings, "reader", FIRST, LAST)
    assert "backfill active first" in str(refused.value)
    with pytest.raises(SegmentError, match="reads the members of active, guarded, which no run has stored yet"):
        fill(project, "reader")
    fill(project, "active", "guarded")
    assert backfill(project.settings, "reader", FIRST, LAST).unknown == ()


@pytest.mark.parametrize(
    ("name", "first", "last", "part"),
    [
        ("active", LAST, FIRST, "the wrong way round"),
        ("active", FIRST, date(2027, 1, 1), "is after the last run"),
        ("actve", FIRST, LAST, "unknown segment actve"),
    ],
)
def test_a_wrong_question_is_answered(project: SegmentProject, name: str, first: date, last: date, part: str) -> None:
    with pytest.raises(SegmentError, match=part):
        backfill(project.settings, name, first, last)


def test_members_at_an_instant_without_history(project: SegmentProject) -> None:
    with pytest.raises(SegmentError, match="active has no stored members"):
        members_at(project.settings, "active", DAYS[0])
    fill(project, "active")
    with pytest.raises(SegmentError, match="before the history of active, which begins 2026-05-31 22:00"):
        members_at(project.settings, "active", DAYS[0] - timedelta(days=1))
