"""When the schedules run, and when a segment is refreshed next."""

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

EVERY_MINUTES = 15
DAILY_AT = time(5)
EVERY = f"*/{EVERY_MINUTES} * * * *"
DAILY = f"{DAILY_AT.minute} {DAILY_AT.hour} * * *"


def next_refresh(tag: str, after: datetime, zone: str) -> datetime:
    """The tick of the schedule that refreshes segments of the tag: the first one later than `after` (naive UTC), local.

    The frequent schedule refreshes everything that is not daily, hourly segments too.
    """
    instant = after.replace(tzinfo=UTC)
    if tag != "refresh_daily":
        tick = instant.replace(minute=instant.minute // EVERY_MINUTES * EVERY_MINUTES, second=0, microsecond=0)
        return (tick + timedelta(minutes=EVERY_MINUTES)).astimezone(ZoneInfo(zone))
    local = instant.astimezone(ZoneInfo(zone))
    today = local.replace(hour=DAILY_AT.hour, minute=DAILY_AT.minute, second=0, microsecond=0)
    return today if today > local else today + timedelta(days=1)
