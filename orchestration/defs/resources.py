"""What a step needs of Heddle: settings, the run's instant, the warehouse, and the lock of the run."""

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import datetime
from typing import Any

import dagster as dg
from pydantic import PrivateAttr

from activations import ensure_tables
from heddle.ingestion import declared_tables, resolve_as_of
from heddle.settings import Settings
from heddle.transform import set_clock
from heddle.warehouse import Warehouse, open_warehouse, prepare_warehouse, publish, run_lock
from orchestration.progress import say

START = "insert into heddle.runs (run_id, as_of, started_at, status) values (?, ?, now() at time zone 'UTC', 'running')"
END = "update heddle.runs set status = 'ended', ended_at = now() at time zone 'UTC' where run_id = ?"


class Heddle(dg.ConfigurableResource[Any]):
    """Held by a run from its first step to its last: a second run waits here until the first is done.

    With the in-process executor a resource lives as long as the run, so the lock, the instant and the
    readers' copy belong to the run and not to its steps.
    """

    _settings: Settings = PrivateAttr()
    _as_of: datetime = PrivateAttr()

    @contextmanager
    def yield_for_execution(self, context: dg.InitResourceContext) -> Iterator["Heddle"]:
        """Wait for the lock, set the clock, hand out the resource; at the end publish the readers' copy."""
        self._settings = Settings.load()
        with run_lock(self._settings, on_wait=lambda pid: _report_waiting(context, pid)):
            self._as_of = resolve_as_of(self._settings, declared_tables(self._settings))
            with self.warehouse() as wh:
                prepare_warehouse(wh)
                ensure_tables(wh)
                set_clock(wh, self._as_of)
                wh.execute(START, [context.run_id, self._as_of])
            yield self
            with self.warehouse() as wh:
                wh.execute(END, [context.run_id])
            publish(self._settings)

    @property
    def settings(self) -> Settings:
        """The settings of this run."""
        return self._settings

    @property
    def as_of(self) -> datetime:
        """The instant at which this run evaluates everything; naive UTC."""
        return self._as_of

    def warehouse(self) -> AbstractContextManager[Warehouse]:
        """The warehouse, opened for writing and closed at the end of the `with` block."""
        return open_warehouse(self._settings)


def _report_waiting(context: dg.InitResourceContext, pid: int | None) -> None:
    message = f"another run (process {pid or 'unknown'}) is going on; waiting for it to end"
    say(message)
    if context.log:
        context.log.warning(message)
