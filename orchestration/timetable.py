"""When the schedules run: every 15 minutes, every hour, and once a day at each time that a segment or a sync names."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, time
from zoneinfo import ZoneInfo

from dagster._utils.schedules import cron_string_iterator

DAILY_AT = time(5)
ONCE_A_DAY, EVERY_HOUR = "refresh_daily", "refresh_hourly"


@dataclass(frozen=True)
class Slot:
    """A rhythm with a schedule of its own. `job` is what it runs, `tag` what its assets have and those of other rhythms
    have not; empty where nothing tells them apart."""

    job: str
    cron: str
    tag: str

    @property
    def on_the_hour(self) -> bool:
        """Once a day, when the hourly one is due too."""
        return self.tag != EVERY_HOUR and self.cron.startswith("0 ")


FREQUENT = Slot("ingest_and_segments", "*/15 * * * *", "")
HOURLY = Slot("hourly", "0 * * * *", EVERY_HOUR)


def daily(at: time) -> Slot:
    name = f"daily_at_{at:%H%M}"
    return Slot("daily_profiles" if at == DAILY_AT else name, f"{at.minute} {at.hour} * * *", name)


EARLY = daily(DAILY_AT)


def slot_of(words: str) -> Slot | None:
    """The rhythm of `refresh:` or `schedule:`; None for what is run by hand."""
    kind, _, at = words.partition(" at ")
    if kind == "daily":
        return daily(time.fromisoformat(at) if at else DAILY_AT)
    return {"hourly": HOURLY, "manual": None}.get(kind, FREQUENT)


def slots_of(every: Iterable[str]) -> list[Slot]:
    """The rhythms of all words; the frequent one and 05:00 are always there."""
    found = {slot for words in every if (slot := slot_of(words))} | {FREQUENT, EARLY}
    return sorted(found, key=lambda slot: slot.tag)


def tags_of(words: str) -> dict[str, str]:
    """What the jobs select an asset of this rhythm by."""
    slot = slot_of(words)
    if slot is None:
        return {"refresh_manual": ""}
    kind = [ONCE_A_DAY] if slot not in (FREQUENT, HOURLY) else []
    return dict.fromkeys([*kind, *([slot.tag] if slot.tag else [])], "")


def next_tick(slot: Slot, after: datetime, zone: str) -> datetime:
    """The first tick later than `after`, where the workspace is. Dagster's own reckoning: a time that does not exist on
    the day the clocks go forward is made up for, one that is there twice happens once."""
    ticks = cron_string_iterator(after.timestamp(), slot.cron, zone)
    return next(tick for tick in ticks if tick > after).astimezone(ZoneInfo(zone))


def next_refresh(words: str, after: datetime, zone: str) -> datetime:
    """The next tick of the schedule that refreshes segments with these words, after a naive UTC instant; local."""
    return next_tick(slot_of(words) or FREQUENT, after.replace(tzinfo=UTC), zone)


def is_due(slot: Slot, at: datetime, zone: str) -> bool:
    """Whether `at` is one of its ticks, as an instant: datetimes of one zone do not tell its doubled hour apart."""
    ticks = cron_string_iterator(at.timestamp(), slot.cron, zone)
    return next(ticks).timestamp() == at.timestamp()
