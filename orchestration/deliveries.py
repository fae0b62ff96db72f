"""The deliveries of one run, side by side: Dagster runs its steps one after another, so the first sync whose turn comes
sends together with those that are ready, and their steps, behind it, find it done."""

import time
from collections.abc import Callable, Sequence
from datetime import datetime

from activations import Ended, Sync, run_side_by_side
from heddle.settings import Settings
from orchestration.progress import listener

Ready = Callable[[], Sequence[Sync]]
_SHOWN = 3


class Deliveries:
    """Belongs to a run. What a step has taken is forgotten, so that a step that is repeated sends again."""

    def __init__(self) -> None:
        self._ended: dict[str, Ended] = {}

    def of(self, sync: Sync, settings: Settings, as_of: datetime, ready: Ready) -> Ended:
        """How the run of the sync ended; with it run those of `ready` that have not run yet."""
        if sync.sync not in self._ended:
            others = [one for one in ready() if one.sync != sync.sync and one.sync not in self._ended]
            self._ended |= run_side_by_side(settings, [sync, *others], as_of, _telling())
        return self._ended.pop(sync.sync)


def _telling() -> Callable[[Sequence[str], int, int], None] | None:
    """Rows, rate and time left for whoever waits for the run."""
    told, began = listener(), time.monotonic()

    def tell(names: Sequence[str], done: int, total: int) -> None:
        if told and total:
            rate = done / max(time.monotonic() - began, 1e-9)
            left = f", {(total - done) / rate:,.0f} s left" if rate else ""
            more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
            told(f"rows, {rate:,.0f} rows/s{left}: {', '.join(names[:_SHOWN])}{more}", done, total)

    return tell if told else None
