"""Not faster than an account allows, and never two runs on one audience."""

import hashlib
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

from heddle.errors import SyncError
from heddle.settings import Settings

LOCK_WAIT_SECONDS = 600.0


class TokenBucket:
    """At most `per_second` calls a second on average, bursts of up to one second's worth; for several threads."""

    def __init__(
        self, per_second: float, now: Callable[[], float] = time.monotonic, sleep: Callable[[float], None] = time.sleep
    ) -> None:
        self._rate, self._size = per_second, max(1.0, per_second)
        self._now, self._sleep = now, sleep
        self._tokens, self._at = self._size, now()
        self._lock = threading.Lock()

    def take(self) -> None:
        """One call; waits until it is allowed."""
        with self._lock:
            self._refill()
            if self._tokens < 1:
                self._sleep((1 - self._tokens) / self._rate)
                self._refill()
            self._tokens -= 1

    def empty(self) -> None:
        """The account was asked to slow down: no burst for whoever comes next."""
        with self._lock:
            self._refill()
            self._tokens = min(self._tokens, 0.0)

    def _refill(self) -> None:
        now = self._now()
        self._tokens = min(self._size, self._tokens + (now - self._at) * self._rate)
        self._at = now


_BUCKETS: dict[tuple[str, float], TokenBucket] = {}
_BUCKETS_LOCK = threading.Lock()


def bucket_of(account: str, per_second: float) -> TokenBucket:
    """The bucket that all syncs of this process share for an account (and rate: endpoints differ)."""
    with _BUCKETS_LOCK:
        return _BUCKETS.setdefault((account, per_second), TokenBucket(per_second))


def lock_file(settings: Settings, account: str, audience: str) -> Path:
    """What a run holds while it is busy with the audience; the operating system lets it go when the process dies."""
    name = hashlib.sha256(f"{account}|{audience}".encode()).hexdigest()[:16]
    return settings.state / "locks" / f"{name}.lock"


@contextmanager
def audience_lock(settings: Settings, account: str, audience: str, wait: float = LOCK_WAIT_SECONDS) -> Iterator[None]:
    """One run at a time per (account, audience) on this machine. Raises SyncError after `wait` seconds."""
    file = lock_file(settings, account, audience)
    file.parent.mkdir(parents=True, exist_ok=True)
    try:
        with FileLock(file, timeout=wait):
            yield
    except Timeout:
        raise SyncError(
            f"another run has been busy with the audience {audience!r} for {wait:.0f} s",
            hint="wait for it and run again",
        ) from None
