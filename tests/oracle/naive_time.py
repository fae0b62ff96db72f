"""Instants, days and durations as a person would work them out on paper."""

from calendar import isleap, monthrange
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import TypeVar
from zoneinfo import ZoneInfo

Moment = TypeVar("Moment", date, datetime)


@dataclass(frozen=True)
class Clock:
    """`as_of` is naive UTC, as the warehouse keeps instants; days are counted in `zone`."""

    as_of: datetime
    zone: ZoneInfo

    @property
    def today(self) -> date:
        return self.day(self.as_of)

    def day(self, at: date) -> date:
        """The calendar day of an instant where the workspace is; a day is itself."""
        return at.replace(tzinfo=UTC).astimezone(self.zone).date() if isinstance(at, datetime) else at

    def ago(self, words: str) -> datetime:
        """`90 days` ago."""
        return shifted(self.as_of, words, -1)


def shifted(at: Moment, words: str, sign: int) -> Moment:
    """`at` moved by a duration such as `3 months`; the 31st becomes the last day of a shorter month."""
    number, unit = words.split()
    amount, unit = sign * int(number), unit.removesuffix("s")
    if unit in ("month", "year"):
        months = at.year * 12 + at.month - 1 + amount * (12 if unit == "year" else 1)
        year, month = divmod(months, 12)
        return at.replace(year=year, month=month + 1, day=min(at.day, monthrange(year, month + 1)[1]))
    return at + timedelta(**{f"{unit}s": amount})


def is_anniversary(born: date, day: date) -> bool:
    """Whether `day` is a yearly return of `born`, never `born` itself; 29 February returns on the 28th otherwise."""
    if day.year <= born.year:
        return False
    if (born.month, born.day) == (2, 29) and not isleap(day.year):
        return (day.month, day.day) == (2, 28)
    return (day.month, day.day) == (born.month, born.day)


def month_beside(month: int, word: str) -> int:
    """The month (1 to 12) that is last, this or next."""
    return (month - 1 + {"last": -1, "this": 0, "next": 1}[word]) % 12 + 1
