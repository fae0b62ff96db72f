"""Run a job of the definitions from Python, as the CLI does: one process, one Dagster instance, no daemon."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from heddle.errors import WarehouseError
from heddle.settings import Settings
from heddle.warehouse import publish, run_lock
from orchestration.due_receipts import settle_due_receipts
from orchestration.fingerprint import inputs_fingerprint, last_fingerprint, remember, run_status
from orchestration.progress import Told, listening, waiting
from orchestration.run_report import NOT_PUBLISHED, RunReport


def ignore(what: str, done: int, total: int) -> None:
    """The listener of a run that nobody waits for."""


def run_job(
    settings: Settings, job: str, on_event: Callable[[Any], None], force: bool = False, told: Told = ignore
) -> RunReport:
    """Run a job in this process and record it in the repository's Dagster storage.

    `on_event` hears every Dagster event, `told(what, done, total)` how far a long step is.
    Nothing is started when no file, definition or instant has changed since the last run of this job that
    succeeded, and no delivery is waiting to be retried; receipts that are due are asked about all the same.
    """
    with run_lock(settings, on_wait=lambda pid: told(waiting(pid), 0, 0)), listening(told):
        fingerprint = inputs_fingerprint(settings, job)
        if not force and fingerprint is not None and fingerprint == last_fingerprint(settings):
            settle_due_receipts(settings, told)
            if not settings.published_path.exists():
                publish(settings)
            return RunReport("", True, {}, {})
        # Dagster and its dbt cost two seconds to import: a run that has nothing to do does not pay for them
        from orchestration.execute import execute

        report = _with_publishing(settings, execute(settings, job, on_event))
        if report.succeeded:
            remember(settings, report.run_id, fingerprint)
    return report


def _with_publishing(settings: Settings, report: RunReport) -> RunReport:
    """The report, with what kept its result from being published: the readers' copy is asked, nobody is believed."""
    status = run_status(settings, report.run_id)
    if status is None or status == _published_status(settings, report.run_id):
        return report
    why = status if status.startswith(NOT_PUBLISHED) else f"{NOT_PUBLISHED}: the readers' copy is from an earlier run"
    return replace(report, failed_steps={**report.failed_steps, "publish": why})


def _published_status(settings: Settings, run_id: str) -> str | None:
    try:
        return run_status(settings.model_copy(update={"warehouse_path": settings.published_path}), run_id)
    except WarehouseError:
        return None
