"""What the schedules run: every 15 minutes all but what is tagged as daily or by hand, at five all but the latter."""

from collections.abc import Iterator

import dagster as dg
import pytest
from small_loop import PAYING, Loop, small_loop

from heddle.errors import WarehouseError
from orchestration.definitions import build_definitions

DAILY = {"profiles/profile_events", "segments/segment_trying", "segments/segment_overlaps", "sync/paying_daily"}
BY_HAND = {"sync/paying_by_hand"}


@pytest.fixture(scope="module")
def loop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Loop]:
    with small_loop(tmp_path_factory.mktemp("schedules")) as loop:
        text = (loop.settings.root / PAYING).read_text()
        for name, schedule in (("paying_daily", "daily at 07:00"), ("paying_by_hand", "manual")):
            other = text.replace("sync: paying", f"sync: {name}").replace("every 15 minutes", schedule)
            loop.write(PAYING.replace("paying", name), f"{other}audience: {name}\n")
        yield loop


@pytest.fixture(scope="module")
def definitions(loop: Loop) -> dg.Definitions:
    return build_definitions(loop.settings)


def assets(definitions: dg.Definitions, job: str) -> set[str]:
    layer = definitions.resolve_job_def(job).asset_layer
    return {key.to_user_string() for key in layer.selected_asset_keys}


def test_the_main_job_runs_everything(definitions: dg.Definitions) -> None:
    everything = assets(definitions, "heddle")
    assert everything > DAILY | BY_HAND
    assert {"shop/people", "profiles/profiles", "segments/segment_paying", "sync/paying", "run_verdict"} < everything


def test_daily_models_segments_and_syncs_are_not_in_the_job_of_every_15_minutes(definitions: dg.Definitions) -> None:
    assert assets(definitions, "heddle") - assets(definitions, "ingest_and_segments") == DAILY | BY_HAND


def test_every_run_asks_whether_the_daily_segments_are_still_fresh(definitions: dg.Definitions) -> None:
    for job in ("heddle", "ingest_and_segments", "daily_profiles"):
        checks = definitions.resolve_job_def(job).asset_layer.asset_graph.asset_check_keys
        asked = {key.name for key in checks if key.asset_key.path[-1] == "segment_trying"}
        assert {"refreshed_in_time", "not_empty"} <= asked, job


def test_nothing_goes_out_by_itself_that_is_sent_by_hand(definitions: dg.Definitions) -> None:
    assert assets(definitions, "heddle") - assets(definitions, "daily_profiles") == BY_HAND


def test_ingest_loads_and_does_nothing_else(definitions: dg.Definitions) -> None:
    assert assets(definitions, "ingest") == {"shop/people"}


def test_schedules_and_sensor_wait_for_a_person_to_switch_them_on(loop: Loop) -> None:
    for automation, status in ((False, "STOPPED"), (True, "RUNNING")):
        made = build_definitions(loop.settings.model_copy(update={"automation": automation}))
        schedules = {schedule.name: schedule for schedule in made.schedules or ()}
        assert {name: (one.cron_schedule, one.default_status.value) for name, one in schedules.items()} == {  # type: ignore[union-attr]
            "ingest_and_segments_schedule": ("*/15 * * * *", status),
            "daily_profiles_schedule": ("0 5 * * *", status),
        }
        assert [sensor.default_status.value for sensor in made.sensors or ()] == [status]


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
    assert delivered(loop) == {"paying.csv": 4, "paying_daily.csv": 4}


def delivered(loop: Loop) -> dict[str, int]:
    """Rows by file."""
    files = (loop.settings.outbox / "files").iterdir()
    return {file.name: len(file.read_text().splitlines()) - 1 for file in files}
