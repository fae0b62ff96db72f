"""Human durations: `3 days`, `1 hour`, `90 days`, `1 year`."""

import re
from dataclasses import dataclass
from typing import Annotated

from pydantic import PlainValidator, WithJsonSchema

UNITS = ("minute", "hour", "day", "week", "month", "year")
_DURATION = re.compile(rf"(\d{{1,5}}) +({'|'.join(UNITS)})s?")
_LONGEST_DAYS = 366 * 100
_DAYS = {"minute": 1 / 1440, "hour": 1 / 24, "day": 1, "week": 7, "month": 30.4375, "year": 365.25}


@dataclass(frozen=True)
class Duration:
    """`amount` of one calendar `unit` (singular). Months and years follow the calendar, not a day count."""

    amount: int
    unit: str

    def __str__(self) -> str:
        return f"{self.amount} {self.unit}{'' if self.amount == 1 else 's'}"

    @property
    def days(self) -> float:
        """About how long; for comparisons between durations only."""
        return self.amount * _DAYS[self.unit]

    @property
    def whole_days(self) -> bool:
        return self.unit not in ("minute", "hour")


def parse_duration(value: object) -> Duration:
    """Raises ValueError with a sentence for the person who wrote it."""
    match = _DURATION.fullmatch(value.strip().lower()) if isinstance(value, str) else None
    if match is None:
        raise ValueError("a duration is written like 3 days, 1 hour or 2 years")
    duration = Duration(int(match[1]), match[2])
    if not 0 < duration.days <= _LONGEST_DAYS:
        raise ValueError("a duration is longer than nothing and at most 100 years")
    return duration


HumanDuration = Annotated[
    Duration,
    PlainValidator(parse_duration),
    WithJsonSchema(
        {
            "type": "string",
            "pattern": rf"^\d{{1,5}} +({'|'.join(UNITS)})s?$",
            "examples": ["3 days", "1 hour", "1 year"],
        }
    ),
]
