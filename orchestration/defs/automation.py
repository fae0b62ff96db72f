"""Jobs, schedules and the sensor for new files."""

import hashlib
from collections.abc import Iterator, Sequence

import dagster as dg

from heddle.ingestion import RawTable
from heddle.settings import Settings
from orchestration.fingerprint import files_now
from orchestration.timetable import EARLY, EVERY_HOUR, FREQUENT, HOURLY, ONCE_A_DAY, Slot, is_due

MAIN, INGEST = "heddle", "ingest"
BY_HAND = dg.AssetSelection.tag("refresh_manual", "")


def automation(
    settings: Settings, tables: Sequence[RawTable], always: dg.AssetSelection, slots: Sequence[Slot]
) -> dg.Definitions:
    """Everything runs through `heddle`; a schedule per rhythm (`slots`) runs the part of it that its
    time needs, and the checks `always`.

    Schedules and sensor start switched off unless HEDDLE_AUTOMATION is on: what sends messages by itself is
    switched on by a person.
    """
    everything = dg.AssetSelection.all()
    jobs = [
        dg.define_asset_job(MAIN, everything, description="The whole loop: load, stitch, segment, deliver."),
        dg.define_asset_job(INGEST, dg.AssetSelection.groups("raw"), description="Raw tables only."),
        *(dg.define_asset_job(slot.job, _due(slot, slots) | always, description=_told(slot)) for slot in slots),
    ]
    schedules = [_schedule(slot, _rarer(slot, slots), settings) for slot in slots]
    return dg.Definitions(jobs=jobs, schedules=schedules, sensors=[file_sensor(settings, tables)])


def _due(slot: Slot, slots: Sequence[Slot]) -> dg.AssetSelection:
    """What is refreshed all the time, and what the slot is for; on the hour also what is refreshed every hour."""
    due = dg.AssetSelection.all() - BY_HAND
    once_a_day, hourly = dg.AssetSelection.tag(ONCE_A_DAY, ""), dg.AssetSelection.tag(EVERY_HOUR, "")
    if slot in (FREQUENT, HOURLY):
        return due - once_a_day - hourly if slot == FREQUENT else due - once_a_day
    due = due if slot.on_the_hour else due - hourly
    if slot != EARLY:
        return due - (once_a_day - dg.AssetSelection.tag(slot.tag, ""))
    for other in slots:
        due = due if other in (EARLY, HOURLY, FREQUENT) else due - dg.AssetSelection.tag(other.tag, "")
    return due


def _told(slot: Slot) -> str:
    if slot == FREQUENT:
        return "The loop without what is refreshed or sent more rarely."
    if slot == HOURLY:
        return "The loop with hourly segments and syncs."
    if slot == EARLY:
        return "The loop with daily models, segments and syncs."
    return f"The loop with the segments and syncs of {slot.tag.replace('_', ' ')}."


def _rarer(slot: Slot, slots: Sequence[Slot]) -> list[Slot]:
    """Whose runs do all that the slot's do. Two times of a day never do each other's, though they fall together once a
    year where the clocks go forward."""
    if slot == FREQUENT:
        return [other for other in slots if other != FREQUENT]
    return [other for other in slots if other.on_the_hour] if slot == HOURLY else []


def _schedule(slot: Slot, rarer: Sequence[Slot], settings: Settings) -> dg.ScheduleDefinition:
    """Its tick is left out where that of a rarer one falls on it."""

    @dg.schedule(
        name=f"{slot.job}_schedule",
        job_name=slot.job,
        cron_schedule=slot.cron,
        execution_timezone=settings.time_zone,
        default_status=dg.DefaultScheduleStatus.RUNNING if settings.automation else dg.DefaultScheduleStatus.STOPPED,
    )
    def due(context: dg.ScheduleEvaluationContext) -> dg.RunRequest | dg.SkipReason:
        at = context.scheduled_execution_time
        more = next((other for other in rarer if is_due(other, at, settings.time_zone)), None)
        return dg.SkipReason(f"{more.job} is due too, and does all of this") if more else dg.RunRequest()

    return due


def file_sensor(settings: Settings, tables: Sequence[RawTable]) -> dg.SensorDefinition:
    """One run for all files that appeared or changed since the last look."""
    status = dg.DefaultSensorStatus.RUNNING if settings.automation else dg.DefaultSensorStatus.STOPPED

    @dg.sensor(name="new_files", job_name=FREQUENT.job, minimum_interval_seconds=30, default_status=status)
    def new_file_sensor(context: dg.SensorEvaluationContext) -> Iterator[dg.RunRequest | dg.SkipReason]:
        seen = hashlib.sha256("\n".join(files_now(settings, tables)).encode()).hexdigest()
        if seen == context.cursor:
            yield dg.SkipReason("no file appeared or changed")
            return
        context.update_cursor(seen)
        yield dg.RunRequest(run_key=seen)

    return new_file_sensor
