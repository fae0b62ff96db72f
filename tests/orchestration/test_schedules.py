"""What the schedules run: every 15 minutes what is always fresh; every hour, and at each named time, what says so."""

from collections.abc import Iterator
from datetime import datetime
from zoneinfo import ZoneInfo

import dagster as dg
import pytest
from small_loop import PAYING, Loop, small_loop

from heddle.errors import WarehouseError
from orchestration.definitions import build_definitions
from orchestration.timetable import is_due, slots_of

DAILY = {"profiles/profile_events", "segments/segment_trying", "segments/segment_at_five", "segments/segment_overlaps"}
AT_SEVEN = {"sync/paying_daily", "segments/segment_at_seven"}
AT_HALF_PAST = {"segments/segment_at_half_past"}
HOURLY = {"segments/segment_every_hour"}
BY_HAND = {"sync/paying_by_hand"}
RARE = DAILY | AT_SEVEN | AT_HALF_PAST | HOURLY | BY_HAND
SLOTS = slots_of(["hourly", "daily at 07:00", "daily at 02:30"])
JOBS = {
    "ingest_and_segments": ("*/15 * * * *", set()),
    "hourly": ("0 * * * *", HOURLY),
    "daily_profiles": ("0 5 * * *", DAILY | HOURLY),
    "daily_at_0700": ("0 7 * * *", AT_SEVEN | HOURLY),
    "daily_at_0230": ("30 2 * * *", AT_HALF_PAST),
}


@pytest.fixture(scope="module")
def loop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Loop]:
    with small_loop(tmp_path_factory.mktemp("schedules")) as loop:
        text = (loop.settings.root / PAYING).read_text()
        for name, schedule in (("paying_daily", "daily at 07:00"), ("paying_by_hand", "manual")):
            other = text.replace("sync: paying", f"sync: {name}").replace("every 15 minutes", schedule)
            loop.write(PAYING.replace("paying", name), f"{other}audience: {name}\n")
        for name, refresh in (
            ("every_hour", "hourly"), ("at_seven", "daily at 07:00"), ("at_half_past", "daily at 02:30"),
            ("at_five", "daily at 05:00"),
        ):  # fmt: skip
            head = f"segment: {name}\ntitle: {name}\n"
            loop.write(
                f"segments_yaml/fixture/{name}.yml", f"{head}who: [{{trait: plan, is: paid}}]\nrefresh: {refresh}\n"
            )
        yield loop


@pytest.fixture(scope="module")
def definitions(loop: Loop) -> dg.Definitions:
    return build_definitions(loop.settings)


def assets(definitions: dg.Definitions, job: str) -> set[str]:
    layer = definitions.resolve_job_def(job).asset_layer
    return {key.to_user_string() for key in layer.selected_asset_keys}


def test_the_main_job_runs_everything(definitions: dg.Definitions) -> None:
    everything = assets(definitions, "heddle")
    assert everything > RARE
    assert {"shop/people", "profiles/profiles", "segments/segment_paying", "sync/paying", "run_verdict"} < everything


@pytest.mark.parametrize("job", JOBS)
def test_what_is_refreshed_at_a_time_of_its_own_is_in_that_job_and_in_no_other(
    definitions: dg.Definitions, job: str
) -> None:
    everything = assets(definitions, "heddle")
    assert assets(definitions, job) == everything - RARE | JOBS[job][1]


def test_every_run_asks_whether_the_daily_segments_are_still_fresh(definitions: dg.Definitions) -> None:
    for job in ("heddle", *JOBS):
        checks = definitions.resolve_job_def(job).asset_layer.asset_graph.asset_check_keys
        asked = {key.name for key in checks if key.asset_key.path[-1] == "segment_trying"}
        assert {"refreshed_in_time", "not_empty"} <= asked, job


def test_ingest_loads_and_does_nothing_else(definitions: dg.Definitions) -> None:
    assert assets(definitions, "ingest") == {"shop/people"}


def test_schedules_and_sensor_wait_for_a_person_to_switch_them_on(loop: Loop) -> None:
    for automation, status in ((False, "STOPPED"), (True, "RUNNING")):
        made = build_definitions(loop.settings.model_copy(update={"automation": automation}))
        schedules = {schedule.name: schedule for schedule in made.schedules or ()}
        assert {name: (one.cron_schedule, one.default_status.value) for name, one in schedules.items()} == {  # type: ignore[union-attr]
            f"{job}_schedule": (cron, status) for job, (cron, _) in JOBS.items()
        }
        assert [sensor.default_status.value for sensor in made.sensors or ()] == [status]


@pytest.mark.parametrize(
    ("local", "started"),
    [
        ("2026-06-15T06:15", {"ingest_and_segments"}),
        ("2026-06-15T06:00", {"hourly"}),
        ("2026-06-15T05:00", {"daily_profiles"}),
        ("2026-06-15T07:00", {"daily_at_0700"}),
        ("2026-06-15T02:30", {"daily_at_0230"}),
        ("2026-03-29T03:00", {"daily_at_0230", "hourly"}),  # half past two is not there on this day
    ],
)
def test_one_run_does_all_that_is_due(definitions: dg.Definitions, loop: Loop, local: str, started: set[str]) -> None:
    """A tick that falls on that of a rarer schedule starts nothing."""
    at = datetime.fromisoformat(local).replace(tzinfo=ZoneInfo(loop.settings.time_zone))
    found = set()
    for schedule in definitions.schedules or ():
        slot = next(slot for slot in SLOTS if f"{slot.job}_schedule" == schedule.name)
        if is_due(slot, at, loop.settings.time_zone):
            evaluated = schedule(dg.build_schedule_context(scheduled_execution_time=at))  # type: ignore[operator]
            found |= {slot.job} if isinstance(evaluated, dg.RunRequest) else set()
    assert found == started


def test_new_files_start_one_run(loop: Loop, definitions: dg.Definitions) -> None:
    (sensor,) = definitions.sensors or ()
    with dg.build_sensor_context(cursor=None) as context:
        (first,) = sensor(context)  # type: ignore[operator]
        cursor = context.cursor
    with dg.build_sensor_context(cursor=cursor) as context:
        (second,) = sensor(context)  # type: ignore[operator]
    loop.write("data/people-new.csv", "id,plan\n9,paid\n")
    with dg.build_sensor_context(cursor=cursor) as context:
        (third,) = sensor(context)  # type: ignore[operator]
    assert isinstance(first, dg.RunRequest) and isinstance(second, dg.SkipReason)
    assert isinstance(third, dg.RunRequest) and third.run_key != first.run_key


def test_a_daily_table_is_built_once_where_another_needs_it_and_then_left_alone(loop: Loop) -> None:
    assert loop.run("ingest_and_segments").succeeded
    # the view over all segments cannot do without the daily one; nothing asks for the daily table of events
    trying = "select count(*) from segments.segment_memberships where segment = 'trying'"
    assert loop.rows(trying) == [(1,)]
    with pytest.raises(WarehouseError, match="profile_events"):
        loop.rows("select 1 from profiles.profile_events")

    loop.write("data/people-later.csv", "id,plan\n10,trial\n11,paid\n")
    assert loop.run("ingest_and_segments").succeeded
    assert loop.rows(trying) == [(1,)]
    assert delivered(loop) == {"paying.csv": 4}

    assert loop.run("daily_profiles").succeeded
    assert loop.rows(trying) == [(2,)]
    assert delivered(loop) == {"paying.csv": 4}

    assert loop.run("daily_at_0700").succeeded
    assert delivered(loop) == {"paying.csv": 4, "paying_daily.csv": 4}


def delivered(loop: Loop) -> dict[str, int]:
    """Rows by file."""
    files = (loop.settings.outbox / "files").iterdir()
    return {file.name: len(file.read_text().splitlines()) - 1 for file in files}
