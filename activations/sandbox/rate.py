"""How often a vendor may be called, as the vendor counts it: in windows that begin on the clock."""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass


@dataclass(frozen=True)
class Rate:
    """At most `calls` in `seconds`, of the addresses that `paths` finds (all of them without)."""

    calls: int
    seconds: float
    paths: str = ""


@dataclass(frozen=True)
class Budget:
    """What is left of a rate after a call, negative when the call was one too many. `wait` is the seconds until its
    window ends, `ends` the same as a moment of the clock."""

    rate: Rate
    left: int
    wait: float
    ends: float


class Meter:
    """Counts the calls of one vendor. `clock` gives seconds."""

    def __init__(self, rates: Iterable[Rate], clock: Callable[[], float]) -> None:
        self._rates, self._clock = tuple(rates), clock
        self._used: dict[Rate, tuple[int, int]] = {}

    def spend(self, path: str) -> Budget | None:
        """One call: what is left of the rate that is nearest to its end; None where no rate is about the address."""
        now = self._clock()
        budgets = [self._budget(rate, now) for rate in self._rates if re.search(rate.paths, path)]
        tightest = min(budgets, key=lambda budget: budget.left, default=None)
        if tightest and tightest.left >= 0:
            for budget in budgets:
                self._used[budget.rate] = (int(now // budget.rate.seconds), budget.rate.calls - budget.left)
        return tightest

    def _budget(self, rate: Rate, now: float) -> Budget:
        window = int(now // rate.seconds)
        began, used = self._used.get(rate, (window, 0))
        ends = (window + 1) * rate.seconds
        return Budget(rate, rate.calls - (used if began == window else 0) - 1, ends - now, ends)
