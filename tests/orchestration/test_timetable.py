"""A segment is refreshed next when Dagster's schedule ticks; each time of the day once a day, whatever clocks do."""

from collections import Counter
from datetime import UTC, datetime, timedelta
from itertools import takewhile
from zoneinfo import ZoneInfo

import pytest
from dagster._utils.schedules import schedule_execution_time_iterator
from hypothesis import given
from hypothesis import strategies as st

from orchestration.timetable import EARLY, FREQUENT, HOURLY, is_due, next_refresh, next_tick, slot_of, slots_of, tags_of

ZONES = ["Europe/Warsaw", "America/New_York", "Asia/Kathmandu", "Australia/Lord_Howe", "UTC", "America/Santiago"]
TIMES = ["daily", "daily at 00:00", "daily at 00:30", "daily at 02:00", "daily at 02:30", "daily at 03:00"]
START = datetime(2025, 1, 1, tzinfo=UTC)
instants = st.datetimes(datetime.fromisoformat("2025-01-01"), datetime.fromisoformat("2028-01-01"))


@pytest.mark.parametrize(
    ("words", "job", "cron"),
    [
        ("every 15 minutes", "ingest_and_segments", "*/15 * * * *"),
        ("hourly", "hourly", "0 * * * *"),
        ("daily", "daily_profiles", "0 5 * * *"),
        ("daily at 05:00", "daily_profiles", "0 5 * * *"),
        ("daily at 06:00", "daily_at_0600", "0 6 * * *"),
        ("daily at 23:45", "daily_at_2345", "45 23 * * *"),
    ],
)
def test_every_word_of_the_language_has_a_schedule(words: str, job: str, cron: str) -> None:
    slot = slot_of(words)
    assert slot is not None
    assert (slot.job, slot.cron) == (job, cron)
    assert slot_of("manual") is None


def test_one_schedule_per_distinct_time() -> None:
    words = ["daily at 06:00", "daily", "daily at 06:00", "manual", "daily at 05:00", "hourly", "every 5 minutes"]
    assert [slot.job for slot in slots_of(words)] == [
        "ingest_and_segments",
        "daily_profiles",
        "daily_at_0600",
        "hourly",
    ]
    assert slots_of([]) == [FREQUENT, EARLY]
    assert tags_of("daily at 06:00") == {"refresh_daily": "", "daily_at_0600": ""}
    assert (tags_of("hourly"), tags_of("every 15 minutes")) == ({"refresh_hourly": ""}, {})


@pytest.mark.parametrize("zone", ZONES)
@pytest.mark.parametrize("words", TIMES)
def test_a_daily_segment_is_refreshed_once_on_every_day_of_the_workspace(words: str, zone: str) -> None:
    """Days on which the time is not there, or there twice, among them."""
    slot = slot_of(words)
    assert slot is not None
    ticks = schedule_execution_time_iterator(START.timestamp(), slot.cron, zone)
    days = Counter(
        tick.astimezone(ZoneInfo(zone)).date() for tick in takewhile(lambda at: at < START + timedelta(days=730), ticks)
    )
    first, last = min(days), max(days)
    assert (last - first).days + 1 == len(days) >= 729
    assert set(days.values()) == {1}


@given(instants, st.sampled_from(ZONES), st.sampled_from([*TIMES, "hourly", "every 15 minutes"]))
def test_the_next_run_is_the_next_tick_of_its_schedule(after: datetime, zone: str, words: str) -> None:
    found = next_refresh(words, after, zone)
    slot = slot_of(words)
    assert slot is not None and is_due(slot, found, zone) and found > after.replace(tzinfo=UTC)
    ticks = schedule_execution_time_iterator(after.replace(tzinfo=UTC).timestamp(), slot.cron, zone)
    assert next(tick for tick in ticks if tick > after.replace(tzinfo=UTC)) == found
    waited = {"hourly": timedelta(hours=1), "every 15 minutes": timedelta(minutes=15)}.get(words, timedelta(hours=25))
    assert found - after.replace(tzinfo=UTC) <= waited


@pytest.mark.parametrize("words", ["daily at 02:00", "daily at 02:30"])
def test_what_is_due_once_in_the_hour_that_comes_twice_holds_nothing_back_the_other_time(words: str) -> None:
    """As Dagster gives the instants: of one time zone, whose comparison does not know the two hours apart."""
    slot = slot_of(words)
    assert slot is not None
    start = datetime.fromisoformat("2026-10-24T22:00Z")
    quarters = schedule_execution_time_iterator(start.timestamp(), FREQUENT.cron, "Europe/Warsaw")
    night = takewhile(lambda tick: tick < start + timedelta(hours=8), quarters)
    assert [is_due(slot, tick, "Europe/Warsaw") for tick in night].count(True) == 1


def test_hours_and_quarters_are_those_of_the_clock_on_the_wall() -> None:
    at = datetime.fromisoformat("2026-06-15T04:30")
    told = [
        next_refresh(words, at, "Europe/Warsaw") for words in ("every 15 minutes", "hourly", "daily", "daily at 07:00")
    ]
    assert [f"{tick:%d %H:%M}" for tick in told] == ["15 06:45", "15 07:00", "16 05:00", "15 07:00"]
    assert f"{next_tick(HOURLY, at.replace(tzinfo=UTC), 'Asia/Kathmandu'):%H:%M}" == "11:00"
