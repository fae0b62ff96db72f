"""What a step needs of Heddle: settings, the run's instant, the warehouse, and the lock of the run."""

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from datetime import UTC, datetime, timedelta
from typing import Any

import dagster as dg
from pydantic import PrivateAttr

from activations import ensure_tables
from heddle.errors import HeddleError
from heddle.identity import register_path, restore_erasures
from heddle.ingestion import declared_tables, resolve_as_of
from heddle.settings import Settings
from heddle.transform import set_clock
from heddle.warehouse import Warehouse, open_warehouse, prepare_warehouse, publish, run_lock
from orchestration.alerts import Alert, send_alert
from orchestration.deliveries import Deliveries
from orchestration.progress import waiting
from orchestration.run_history import forget_old_runs
from orchestration.run_report import NOT_PUBLISHED

NOW = "now() at time zone 'UTC'"
INTERRUPTED = "update heddle.runs set status = 'interrupted' where status = 'running'"
START = f"insert into heddle.runs (run_id, as_of, started_at, status) values (?, ?, {NOW}, 'running')"
END = f"update heddle.runs set status = ?, ended_at = {NOW} where run_id = ?"


class Heddle(dg.ConfigurableResource[Any]):
    """Held by a run from its first step to its last: a second run waits here until the first is done.

    With the in-process executor a resource lives as long as the run, so the lock, the instant and the
    readers' copy belong to the run and not to its steps.
    """

    _settings: Settings = PrivateAttr()
    _as_of: datetime = PrivateAttr()
    _problems: list[str] = PrivateAttr(default_factory=list)
    _alarms: list[str] = PrivateAttr(default_factory=list)
    _deliveries: Deliveries = PrivateAttr(default_factory=Deliveries)

    @contextmanager
    def yield_for_execution(self, context: dg.InitResourceContext) -> Iterator["Heddle"]:
        """Wait for the lock, set the clock, hand out the resource; at the end publish the readers' copy."""
        self._settings = Settings.load()
        with run_lock(self._settings, on_wait=lambda pid: _report_waiting(context, pid)):
            self._as_of = resolve_as_of(self._settings, declared_tables(self._settings))
            with self.warehouse() as wh:
                prepare_warehouse(wh)
                restore_erasures(wh, register_path(self._settings))
                ensure_tables(wh)
                set_clock(wh, self._as_of)
                wh.execute(INTERRUPTED)
                wh.execute(START, [_run_id(context), self._as_of])
            yield self
            self._finish(context)

    def _finish(self, context: dg.InitResourceContext) -> None:
        """Write down how the run went and publish. Dagster swallows an error here, so it is said and written down;
        where even that fails, `run_job` sees that the readers' copy does not know the run."""
        run_id = _run_id(context)
        failed = context.instance and context.instance.get_run_stats(run_id).steps_failed
        self._alert(context, run_id)
        try:
            self._write_status(run_id, "failed" if failed else "succeeded")
            publish(self._settings)
        except HeddleError as error:
            if context.log:
                context.log.error(str(error))
            with suppress(HeddleError):
                self._write_status(run_id, f"{NOT_PUBLISHED}: {error.what}")
        self._tidy(context)

    def _tidy(self, context: dg.InitResourceContext) -> None:
        if not context.instance:
            return
        try:
            forget_old_runs(context.instance, datetime.now(UTC) - timedelta(days=self._settings.keep_runs))
        except Exception as error:  # no reason for a run to fail
            if context.log:
                context.log.warning(f"old runs could not be forgotten: {type(error).__name__}: {error}")

    def _alert(self, context: dg.InitResourceContext, run_id: str) -> None:
        """Tells whoever the settings name, once per run and only when there is something to tell."""
        steps = context.instance.get_run_step_stats(run_id) if context.instance else []
        failed = [
            f"the step {step.step_key} failed" for step in steps if step.status and step.status.value == "FAILURE"
        ]
        lines = (*failed, *self._problems, *self._alarms)
        if not lines:
            return
        for trouble in send_alert(self._settings, Alert(run_id, self._as_of, lines)):
            if context.log:
                context.log.warning(trouble)

    def _write_status(self, run_id: str, status: str) -> None:
        with self.warehouse() as wh:
            wh.execute(END, [status, run_id])

    @property
    def settings(self) -> Settings:
        """The settings of this run."""
        return self._settings

    @property
    def as_of(self) -> datetime:
        """The instant at which this run evaluates everything; naive UTC."""
        return self._as_of

    @property
    def alarms(self) -> list[str]:
        """What a person should be told of, beside failed steps and problems."""
        return self._alarms

    @property
    def deliveries(self) -> Deliveries:
        """What the syncs of this run came to."""
        return self._deliveries

    @property
    def problems(self) -> list[str]:
        """What went wrong in this run without stopping it; `run_verdict` makes the run red for it."""
        return self._problems

    def warehouse(self) -> AbstractContextManager[Warehouse]:
        """The warehouse, opened for writing and closed at the end of the `with` block."""
        return open_warehouse(self._settings)


def _run_id(context: dg.InitResourceContext) -> str:
    if context.run is None:
        raise HeddleError("the resource `heddle` belongs to a run", hint="run a job, for example `heddle run`")
    return context.run.run_id


def _report_waiting(context: dg.InitResourceContext, pid: int | None) -> None:
    if context.log:
        context.log.warning(waiting(pid))
