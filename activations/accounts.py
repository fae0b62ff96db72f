"""What an account still allows: calls per day, and the pause that a destination asked for.

Both are about the destination's clock, so they go by the machine's time (UTC), not by the instant of the run.
"""

import threading
from collections import Counter
from collections.abc import Callable
from datetime import date, datetime, timedelta

from activations.contract import Limits
from activations.ledger import SCHEMA
from heddle.errors import RetryLater, StopSync
from heddle.warehouse import Warehouse

_ACCOUNTS = f"{SCHEMA}.activation_accounts"
Clock = Callable[[], datetime]


class AccountPaused(StopSync):
    """Nothing may be sent to the account before `until`."""

    def __init__(self, account: str, until: datetime, reason: str) -> None:
        super().__init__(
            f"paused until {until:%Y-%m-%d %H:%M} UTC: {reason}",
            account,
            "nothing is lost: the first run after it sends",
        )
        self.until, self.reason = until, reason


class Account:
    """One account in the warehouse. Calls are counted in memory (in any thread), and written with `save`."""

    def __init__(self, wh: Warehouse, name: str, limits: Limits, clock: Clock) -> None:
        self._wh, self._name, self._limits, self._clock = wh, name, limits, clock
        self._lock = threading.Lock()
        today = clock().date()
        found = wh.query(f'select calls from {_ACCOUNTS} where account = ? and "day" = ?', [name, today]).to_pylist()
        self._calls: Counter[date] = Counter({today: int(found[0]["calls"]) if found else 0})
        self._saved = self._calls.copy()

    def check(self) -> None:
        """Raises AccountPaused."""
        found = self._wh.query(
            f"select paused_until, reason from {_ACCOUNTS} where account = ? and paused_until > ? order by 1 desc",
            [self._name, self._clock()],
        ).to_pylist()
        if found:
            raise AccountPaused(self._name, found[0]["paused_until"], str(found[0]["reason"]))

    def call(self) -> None:
        """Counts one call. Raises RetryLater until the next day (UTC) when the day's calls are used up."""
        now, limit = self._clock(), self._limits.per_day
        with self._lock:
            if limit is not None and self._calls[now.date()] >= limit:
                tomorrow = datetime.combine(now.date(), datetime.min.time()) + timedelta(days=1)
                raise RetryLater(f"all {limit} calls of the day are used", (tomorrow - now).total_seconds())
            self._calls[now.date()] += 1

    def save(self) -> None:
        """Writes the counts; inside the transaction of the outcomes, so that none is lost or counted twice."""
        with self._lock:
            changed = {day: calls for day, calls in self._calls.items() if calls != self._saved[day]}
            self._saved = self._calls.copy()
        for day, calls in changed.items():
            known = self._wh.execute(
                f'update {_ACCOUNTS} set calls = ? where account = ? and "day" = ?', [calls, self._name, day]
            )
            if not known:
                self._wh.execute(f"insert into {_ACCOUNTS} values (?, ?, ?, null, null)", [self._name, day, calls])

    def pause(self, seconds: float, reason: str) -> AccountPaused:
        """Writes the pause; every sync of the account keeps it."""
        now = self._clock()
        until = now + timedelta(seconds=seconds)
        key = [self._name, now.date()]
        with self._wh.transaction():
            self.save()
            known = self._wh.execute(
                f'update {_ACCOUNTS} set paused_until = ?, reason = ? where account = ? and "day" = ?',
                [until, reason, *key],
            )
            if not known:
                self._wh.execute(f"insert into {_ACCOUNTS} values (?, ?, 0, ?, ?)", [*key, until, reason])
        return AccountPaused(self._name, until, reason)
