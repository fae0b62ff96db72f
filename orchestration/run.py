"""Run a job of the definitions from Python, as the CLI does: one process, one Dagster instance, no daemon."""

import re
from collections.abc import Callable, Sequence
from contextlib import chdir
from dataclasses import dataclass, replace
from typing import Any

import dagster as dg

from heddle.errors import WarehouseError
from heddle.settings import Settings
from heddle.warehouse import run_lock
from orchestration.definitions import build_definitions
from orchestration.defs.resources import NOT_PUBLISHED, waiting
from orchestration.due_receipts import settle_due_receipts
from orchestration.fingerprint import inputs_fingerprint, last_fingerprint, remember, run_status
from orchestration.progress import Told, listening

QUIET = {"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}}
OnEvent = Callable[[dg.DagsterEvent], None]


def ignore(what: str, done: int, total: int) -> None:
    """The listener of a run that nobody waits for."""


@dataclass(frozen=True)
class RunReport:
    """How a run went. `failed_steps` and `failed_checks` map a name to what a person should know; `unasked_checks`
    counts those of tables that were not built."""

    run_id: str
    nothing_to_do: bool
    failed_steps: dict[str, str]
    failed_checks: dict[str, str]
    unasked_checks: int = 0

    @property
    def succeeded(self) -> bool:
        """True when every step ended well; failed checks are reported but do not make a run fail."""
        return not self.failed_steps


def run_job(settings: Settings, job: str, on_event: OnEvent, force: bool = False, told: Told = ignore) -> RunReport:
    """Run a job in this process and record it in the repository's Dagster storage.

    `on_event` hears every Dagster event, `told(what, done, total)` how far a long step is.
    Nothing is started when no file, definition or instant has changed since the last run of this job that
    succeeded, and no delivery is waiting to be retried; receipts that are due are asked about all the same.
    """
    with run_lock(settings, on_wait=lambda pid: told(waiting(pid), 0, 0)), listening(told):
        fingerprint = inputs_fingerprint(settings, job)
        if not force and fingerprint is not None and fingerprint == last_fingerprint(settings):
            settle_due_receipts(settings, told)
            return RunReport("", True, {}, {})
        with chdir(settings.root), dg.DagsterInstance.from_config(str(settings.root)) as instance:
            report = _with_publishing(settings, _execute(settings, job, on_event, instance))
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


def _execute(settings: Settings, job: str, on_event: OnEvent, instance: dg.DagsterInstance) -> RunReport:
    definition = build_definitions(settings).resolve_job_def(job)
    run_id = dg.RunId() if hasattr(dg, "RunId") else _new_run_id()
    instance.add_event_listener(run_id, lambda entry: _forward(entry, on_event))
    result = definition.execute_in_process(run_config=QUIET, instance=instance, raise_on_error=False, run_id=run_id)
    return _report(result)


def _new_run_id() -> str:
    from dagster._core.utils import make_new_run_id

    return make_new_run_id()


def _forward(entry: Any, on_event: OnEvent) -> None:
    if entry.dagster_event is not None:
        on_event(entry.dagster_event)


def _report(result: dg.ExecuteInProcessResult) -> RunReport:
    steps = {e.step_key: _root_cause(e) for e in result.all_events if e.is_step_failure and e.step_key}
    failed = [check for check in result.get_asset_check_evaluations() if not check.passed]
    asked = [check for check in failed if _told(check, "status") != "skipped"]
    checks = {f"{check.asset_key.to_user_string()}: {check.check_name}": _verdict(check) for check in asked}
    if not result.success and not steps:
        steps = {"run": _run_failure(result.all_events)}
    named = {str(step): why for step, why in steps.items()}
    return RunReport(result.run_id, False, named, checks, len(failed) - len(asked))


def _verdict(check: dg.AssetCheckEvaluation) -> str:
    """`error` or `warn`, with the number of rows that a dbt test found."""
    rows = _told(check, "failing_rows")
    return check.severity.value.lower() + (f", {rows} rows" if rows else "")


def _told(check: dg.AssetCheckEvaluation, name: str) -> object:
    entry = check.metadata.get(name)
    return entry.value if entry else None


def _root_cause(event: dg.DagsterEvent) -> str:
    """The error that the step raised, not what caused it: causes are for the log, and may quote rows."""
    return _words(event.step_failure_data.error) or "failed without a message"


def _run_failure(events: Sequence[dg.DagsterEvent]) -> str:
    """Of a run that failed outside its steps: what was raised, or what Dagster says of it."""
    event = next((e for e in reversed(events) if e.is_failure and e.message), None)
    if event is None:
        return "the run did not start"
    return _words(getattr(event.event_specific_data, "error", None)) or str(event.message)


def _words(error: Any) -> str:
    """The message of the error below Dagster's own, without the name of its class."""
    while error is not None and error.cls_name.startswith("Dagster") and error.cause is not None:
        error = error.cause
    return re.sub(rf"^[\w.]*\b{re.escape(error.cls_name)}: ", "", str(error.message)).strip() if error else ""
