"""Several syncs at once: those of different accounts side by side, those of one account one after the other.

An account shares its rate limit, its quota and its pauses, and two syncs of one audience have one account: so neither
is ever used twice at a time. Each lane has a connection of its own to the one warehouse of this process.
"""

import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from datetime import datetime

from activations.given_up import forget_given_up
from activations.ledger import ensure_tables
from activations.patience import Patience
from activations.run import run_sync
from activations.run_result import RunResult
from activations.sync_file import Sync
from activations.syncs import account_of
from heddle.errors import StopSync
from heddle.settings import Settings
from heddle.warehouse import open_warehouse

LANES = 4
_TOLD_EVERY = 0.2  # seconds
Under = Callable[[Sequence[str], int, int], None]


@dataclass(frozen=True)
class Ended:
    """How the run of one sync ended: with a result, or with what it raised."""

    result: RunResult | None
    error: Exception | None
    seconds: float


class _Traffic:
    """What is under way, told by the lanes and read by whoever waits for them."""

    def __init__(self) -> None:
        self.stopping = threading.Event()
        self._lock = threading.Lock()
        self._rows: dict[str, tuple[int, int]] = {}
        self._names: set[str] = set()

    def begin(self, name: str) -> None:
        with self._lock:
            self._names.add(name)

    def end(self, name: str) -> None:
        with self._lock:
            self._names.discard(name)

    def told(self, name: str, done: int, total: int) -> None:
        """After each batch: also where a run that was asked to stop can stop without a doubt about a row."""
        with self._lock:
            self._rows[name] = (done, total)
        if self.stopping.is_set():
            raise StopSync(f"{name}: the run was stopped", hint="nothing is lost: the next run sends what is left")

    def now(self) -> tuple[list[str], int, int]:
        with self._lock:
            done, total = (sum(rows[i] for rows in self._rows.values()) for i in (0, 1))
            return sorted(self._names), done, total


def run_side_by_side(
    settings: Settings,
    syncs: Sequence[Sync],
    as_of: datetime,
    under_way: Under | None = None,
    patience: Patience | None = None,
) -> dict[str, Ended]:
    """Every sync's end, by name; one that fails stops no other. `under_way(syncs, rows, of rows)` is told from the
    calling thread. When that is interrupted, the lanes stop behind their batch, and the interruption goes on."""
    with open_warehouse(settings) as wh:
        ensure_tables(wh)
        forget_given_up(wh, settings, as_of)
    traffic = _Traffic()
    patience = patience or Patience(sleep=lambda seconds: _sleep(traffic, seconds))
    ended: dict[str, Ended] = {}
    lanes = _lanes(settings, syncs)
    with ThreadPoolExecutor(min(LANES, max(1, len(lanes))), thread_name_prefix="heddle-sync") as pool:
        running = [pool.submit(_lane, settings, lane, as_of, traffic, patience, ended) for lane in lanes]
        try:
            _watch(running, traffic, under_way)
        except BaseException:
            traffic.stopping.set()
            for lane in running:
                lane.cancel()
            raise
    return ended


def _lanes(settings: Settings, syncs: Sequence[Sync]) -> list[list[Sync]]:
    """The syncs by account, in their order. An address may be written in more than one way."""
    lanes: dict[str, list[Sync]] = {}
    for sync in syncs:
        try:
            account = account_of(settings, sync).rstrip("/").removesuffix(":443")
        except Exception:  # running it says what is wrong
            account = f"sync {sync.sync}"
        lanes.setdefault(account, []).append(sync)
    return list(lanes.values())


def _lane(
    settings: Settings,
    syncs: Sequence[Sync],
    as_of: datetime,
    traffic: _Traffic,
    patience: Patience,
    ended: dict[str, Ended],
) -> None:
    for sync in syncs:
        if not traffic.stopping.is_set():
            ended[sync.sync] = _one(settings, sync, as_of, traffic, patience)


def _one(settings: Settings, sync: Sync, as_of: datetime, traffic: _Traffic, patience: Patience) -> Ended:
    began, name = time.monotonic(), sync.sync
    traffic.begin(name)
    result, failed = None, None
    try:
        with open_warehouse(settings) as wh:
            result = run_sync(wh, settings, sync, as_of, lambda done, of: traffic.told(name, done, of), patience)
    except Exception as error:
        failed = error
    finally:
        traffic.end(name)
    return Ended(result, failed, time.monotonic() - began)


def _watch(running: Sequence[Future[None]], traffic: _Traffic, under_way: Under | None) -> None:
    waiting = set(running)
    while waiting:
        _, waiting = wait(waiting, timeout=_TOLD_EVERY)
        if under_way and waiting:
            under_way(*traffic.now())
    for lane in running:
        lane.result()


def _sleep(traffic: _Traffic, seconds: float) -> None:
    traffic.stopping.wait(seconds)
