"""Jobs, schedules and the sensor for new files."""

import hashlib
from collections.abc import Iterator, Sequence

import dagster as dg

from heddle.ingestion import RawTable
from heddle.settings import Settings
from orchestration import timetable
from orchestration.fingerprint import files_now

MAIN, FREQUENT, DAILY, INGEST = "heddle", "ingest_and_segments", "daily_profiles", "ingest"
ONCE_A_DAY = dg.AssetSelection.tag("refresh_daily", "")
BY_HAND = dg.AssetSelection.tag("refresh_manual", "")


def automation(settings: Settings, tables: Sequence[RawTable], always: dg.AssetSelection) -> dg.Definitions:
    """Everything runs through `heddle`; the two schedules run the part of it that their hour needs, and the checks
    `always`.

    Schedules and sensor start switched off unless HEDDLE_AUTOMATION is on: what sends messages by itself is
    switched on by a person.
    """
    everything = dg.AssetSelection.all()
    jobs = [
        dg.define_asset_job(MAIN, everything, description="The whole loop: load, stitch, segment, deliver."),
        dg.define_asset_job(
            FREQUENT,
            (everything - ONCE_A_DAY - BY_HAND) | always,
            description="The loop without what is refreshed or sent once a day.",
        ),
        dg.define_asset_job(
            DAILY, (everything - BY_HAND) | always, description="The loop with daily models, segments and syncs."
        ),
        dg.define_asset_job(INGEST, dg.AssetSelection.groups("raw"), description="Raw tables only."),
    ]
    running = dg.DefaultScheduleStatus.RUNNING if settings.automation else dg.DefaultScheduleStatus.STOPPED
    schedules = [
        dg.ScheduleDefinition(
            name=f"{job}_schedule",
            job_name=job,
            cron_schedule=cron,
            default_status=running,
            execution_timezone=settings.time_zone,
        )
        for job, cron in ((FREQUENT, timetable.EVERY), (DAILY, timetable.DAILY))
    ]
    return dg.Definitions(jobs=jobs, schedules=schedules, sensors=[file_sensor(settings, tables)])


def file_sensor(settings: Settings, tables: Sequence[RawTable]) -> dg.SensorDefinition:
    """One run for all files that appeared or changed since the last look."""
    status = dg.DefaultSensorStatus.RUNNING if settings.automation else dg.DefaultSensorStatus.STOPPED

    @dg.sensor(name="new_files", job_name=FREQUENT, minimum_interval_seconds=30, default_status=status)
    def new_file_sensor(context: dg.SensorEvaluationContext) -> Iterator[dg.RunRequest | dg.SkipReason]:
        seen = hashlib.sha256("\n".join(files_now(settings, tables)).encode()).hexdigest()
        if seen == context.cursor:
            yield dg.SkipReason("no file appeared or changed")
            return
        context.update_cursor(seen)
        yield dg.RunRequest(run_key=seen)

    return new_file_sensor
