"""Is a segment refreshed as its file promises, and does it still have members?"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

FRESH, FILLED = "refreshed_in_time", "not_empty"
# What the words of `refresh` promise, without the time of the day, and one tick of the schedule on top; on a day's,
# what a long run or a change of clocks takes.
PROMISES = {
    "every 15 minutes": timedelta(minutes=30),
    "hourly": timedelta(minutes=75),
    "daily": timedelta(hours=26),
}
EMPTY_RUNS = 3


@dataclass(frozen=True)
class SegmentRun:
    """A row of segments.segment_runs; `previous` is the size before the run."""

    as_of: datetime
    members: int
    entered: int
    left: int
    previous: int
    verdict: str
    reason: str | None
    definition_hash: str

    @property
    def held(self) -> bool:
        """Blocked: the stored members are those of an earlier run."""
        return self.verdict != "ok"

    @property
    def stored(self) -> int:
        """How many members there are after the run."""
        return self.previous if self.held else self.members


@dataclass(frozen=True)
class Health:
    """What a check says: whether it passed and why; a failure that is not `grave` warns, as the guard does."""

    check: str
    passed: bool
    why: str
    grave: bool = False


def freshness(runs: Sequence[SegmentRun], refresh: str, as_of: datetime) -> Health:
    """Whether the last refresh (`runs` newest first) is as recent as the file says by `refresh`, seen at `as_of`."""
    refreshed = next((run for run in runs if not run.held), None)
    if refreshed is None:
        why = f"never refreshed: {runs[0].reason}" if runs else "never refreshed"
        return Health(FRESH, False, why)
    late = as_of - refreshed.as_of > PROMISES[refresh.partition(" at ")[0]]
    since = f"last refreshed as of {refreshed.as_of:%Y-%m-%d %H:%M} UTC"
    reason = f"; since then {runs[0].reason}" if late and runs[0].held else ""
    return Health(FRESH, not late, since + reason)


def emptiness(runs: Sequence[SegmentRun]) -> Health:
    """Whether it has members: losing all at once is grave, being empty for EMPTY_RUNS runs is a warning."""
    refreshed = [run for run in runs if not run.held]
    if not refreshed or refreshed[0].members:
        return Health(FILLED, True, f"{refreshed[0].members:,} members" if refreshed else "not refreshed yet")
    if refreshed[0].previous:
        return Health(FILLED, False, f"all {refreshed[0].previous:,} members left in the last run", grave=True)
    if len(refreshed) >= EMPTY_RUNS and not any(run.members for run in refreshed[:EMPTY_RUNS]):
        return Health(FILLED, False, f"nobody was in it in the last {EMPTY_RUNS} runs")
    return Health(FILLED, True, "nobody is in it at the moment")
