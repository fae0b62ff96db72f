"""Progress of a delivery: how far, how fast, how long still."""

import time
from types import TracebackType
from typing import Self

from rich.progress import BarColumn, MofNCompleteColumn, Progress, ProgressColumn, Task, TextColumn, TimeRemainingColumn
from rich.text import Text

from heddle.cli.terminal import err

_EVERY = 10.0  # seconds between lines where no bar can be drawn


class RateColumn(ProgressColumn):
    """Rows per second."""

    def render(self, task: Task) -> Text:
        return Text(f"{task.speed:,.0f} rows/s" if task.speed else "", style="dim")


class SendingBar:
    """A bar on a terminal, a line every ten seconds in a log."""

    def __init__(self) -> None:
        columns = (
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            RateColumn(),
            TimeRemainingColumn(),
        )
        self._bar = Progress(*columns, console=err, transient=True)
        self._task = self._bar.add_task("sending", total=None)
        self._began = self._said = time.monotonic()

    def __enter__(self) -> Self:
        self._bar.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._bar.stop()

    def told(self, done: int, total: int) -> None:
        self._bar.update(self._task, completed=done, total=total)
        now = time.monotonic()
        if err.is_terminal or now - self._said < _EVERY:
            return
        self._said = now
        rate = done / max(now - self._began, 1e-9)
        err.print(f"{done:,} of {total:,} rows, {rate:,.0f} rows/s, {(total - done) / max(rate, 1e-9):,.0f} s left")
