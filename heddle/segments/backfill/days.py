"""The instants at which a segment would have run."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from heddle.segments.segment import Segment

_AT = re.compile(r"daily at (\d\d):(\d\d)")


@dataclass(frozen=True)
class Day:
    """One replayed run: the members after it, and who entered and left at `as_of` (naive UTC). `blocked` is the reason
    why the volume guard would have kept the membership before it; `members` are then those that stayed."""

    as_of: datetime
    members: int
    entered: int
    left: int
    blocked: str = ""


def instants(segment: Segment, first: date, last: date, zone: str) -> Iterator[datetime]:
    """Once a calendar day of the workspace, `first` and `last` included, as naive UTC: at the time that `refresh: daily
    at 06:00` names, else at the start of the day."""
    found = _AT.fullmatch(segment.refresh.words)
    at = time(int(found[1]), int(found[2])) if found else time()
    for number in range((last - first).days + 1):
        local = datetime.combine(first + timedelta(days=number), at, ZoneInfo(zone))
        yield local.astimezone(UTC).replace(tzinfo=None)
