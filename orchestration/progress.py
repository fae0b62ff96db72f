"""What a long step tells whoever waits for it in the same process; nobody listens under the daemon."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from heddle.transform import NodeEvent

Told = Callable[[str, int, int], None]
_listener: ContextVar[Told | None] = ContextVar("progress_listener", default=None)


@contextmanager
def listening(told: Told) -> Iterator[None]:
    """While the block runs, `told(what, done, total)` hears of the progress of its steps."""
    token = _listener.set(told)
    try:
        yield
    finally:
        _listener.reset(token)


def listener() -> Told | None:
    """Who listens to this run, for what tells from outside its step."""
    return _listener.get()


def waiting(pid: int | None) -> str:
    """What a run that has to wait says."""
    return f"another run (process {pid or 'unknown'}) is going on; waiting for it to end"


class NodeCounter:
    """Counts the dbt nodes that ended, for the listener of the run that made it."""

    def __init__(self) -> None:
        self._told = _listener.get()
        self._done = 0

    def __call__(self, event: NodeEvent) -> None:
        """Take one event of dbt; called from dbt's threads."""
        if event.status != "started":
            self._done += 1
        if self._told:
            self._told(event.name, self._done, event.total)
