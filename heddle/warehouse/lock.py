"""One run at a time on one state folder; the operating system frees the lock of a process that died."""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from filelock import FileLock, Timeout

from heddle.errors import WarehouseError
from heddle.settings import Settings

WaitReport = Callable[[int | None], None]
_HELD: set[Path] = set()


@contextmanager
def run_lock(settings: Settings, on_wait: WaitReport | None = None, timeout: float | None = None) -> Iterator[None]:
    """Holds `state/run.lock`. When another run has it, `on_wait` is called once with that run's pid and
    this one waits, for ever or until `timeout` seconds are over (WarehouseError)."""
    if settings.state in _HELD:  # a run inside a command that holds the lock already
        yield
        return
    holder = settings.state / "run.pid"
    lock = FileLock(settings.state / "run.lock")
    try:
        settings.state.mkdir(parents=True, exist_ok=True)
        lock.acquire(timeout=0)
    except Timeout:
        _wait(lock, holder, on_wait, timeout)
    except OSError as error:
        what = f"the state folder cannot be used: {error.strerror or error}"
        raise WarehouseError(what, str(settings.state), "make it writable, or set HEDDLE_STATE to another") from None
    try:
        holder.write_text(str(os.getpid()))
        _HELD.add(settings.state)
        yield
    finally:
        _HELD.discard(settings.state)
        with suppress(OSError):
            holder.unlink()
        lock.release()


def _wait(lock: FileLock, holder: Path, on_wait: WaitReport | None, timeout: float | None) -> None:
    pid = _read_pid(holder)
    if on_wait:
        on_wait(pid)
    try:
        lock.acquire(timeout=-1 if timeout is None else timeout, poll_interval=0.2)
    except Timeout:
        raise WarehouseError(
            f"another run (pid {pid or 'unknown'}) is still going",
            where=str(holder.parent),
            hint="wait for it to end, or stop it, and run again",
        ) from None


def _read_pid(holder: Path) -> int | None:
    with suppress(OSError, ValueError):
        return int(holder.read_text())
    return None
