"""Time in the demo company: whole milliseconds since 1970 in UTC, and nobody awake in the small hours.

No event falls between 01:00 and 05:30 UTC. That covers 03:00-06:30 in Warsaw in summer and in winter, so a run at
the demo clock (06:30 in Warsaw) and the next one 15 minutes later see the same windows, whatever their length in days.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import numpy as np

from heddle.demo.text import Ints, Reals, Text, fixed_width

SECOND = 1_000
MINUTE = 60 * SECOND
HOUR = 60 * MINUTE
DAY = 24 * HOUR
QUIET_FROM = 1 * HOUR
QUIET_TO = 5 * HOUR + 30 * MINUTE
DEFAULT_AS_OF = datetime(2026, 6, 15, 4, 30, tzinfo=UTC)
_FIRST_DAY = int(datetime(1930, 1, 1, tzinfo=UTC).timestamp()) // 86_400
_LAST_DAY = int(datetime(2060, 1, 1, tzinfo=UTC).timestamp()) // 86_400


def milliseconds(instant: datetime) -> int:
    """Milliseconds since 1970; a naive instant is UTC."""
    aware = instant.replace(tzinfo=UTC) if instant.tzinfo is None else instant.astimezone(UTC)
    return round(aware.timestamp() * SECOND)


def awake(times: Ints) -> Ints:
    """Times inside the quiet hours moved to the evening before; others as they are."""
    of_day = times % DAY
    quiet = (of_day >= QUIET_FROM) & (of_day < QUIET_TO)
    return np.where(quiet, times - (QUIET_TO - QUIET_FROM), times)


def daytime(rng: np.random.Generator, times: Ints, as_of: int) -> Ints:
    """The same days with a plausible hour: mornings and above all evenings; never later than as_of."""
    hours = np.where(rng.random(len(times)) < 0.35, rng.normal(10, 2, len(times)), rng.normal(18, 2.2, len(times)))
    of_day = (np.clip(hours, 5.7, 23.2) * HOUR).astype(np.int64)
    moved = times - times % DAY + of_day
    return np.where(moved > as_of - 2 * HOUR, moved - DAY, moved)


def days(amount: Reals) -> Ints:
    """Days (fractions allowed) in milliseconds."""
    return (amount * DAY).astype(np.int64)


def _day_letters() -> np.ndarray[tuple[int, int], np.dtype[np.uint8]]:
    first = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(days=_FIRST_DAY)
    text = "".join((first + timedelta(days=i)).strftime("%Y-%m-%d") for i in range(_LAST_DAY - _FIRST_DAY))
    return np.frombuffer(text.encode(), dtype=np.uint8).reshape(-1, 10)


def _second_letters() -> np.ndarray[tuple[int, int], np.dtype[np.uint8]]:
    text = "".join(f"T{s // 3600:02d}:{s // 60 % 60:02d}:{s % 60:02d}" for s in range(86_400))
    return np.frombuffer(text.encode(), dtype=np.uint8).reshape(-1, 9)


_DAYS = _day_letters()
_SECONDS = _second_letters()
_MILLIS = np.frombuffer("".join(f".{i:03d}Z" for i in range(1000)).encode(), dtype=np.uint8).reshape(-1, 5)


def iso(times: Ints) -> Text:
    """`2026-06-15T04:30:00.000Z`."""
    letters = np.empty((len(times), 24), dtype=np.uint8)
    letters[:, :10] = _DAYS[times // DAY - _FIRST_DAY]
    letters[:, 10:19] = _SECONDS[times % DAY // SECOND]
    letters[:, 19:] = _MILLIS[times % SECOND]
    return fixed_width(letters)


def iso_seconds(times: Ints) -> Text:
    """`2026-06-15T04:30:00Z`."""
    letters = np.empty((len(times), 20), dtype=np.uint8)
    letters[:, :10] = _DAYS[times // DAY - _FIRST_DAY]
    letters[:, 10:19] = _SECONDS[times % DAY // SECOND]
    letters[:, 19] = ord("Z")
    return fixed_width(letters)


def iso_day(times: Ints) -> Text:
    """`2026-06-15`."""
    return fixed_width(_DAYS[times // DAY - _FIRST_DAY])


def month_of(times: Ints) -> Ints:
    """Calendar month, 1-12."""
    months = times.astype("datetime64[ms]").astype("datetime64[M]").astype(np.int64)
    return months % 12 + 1
