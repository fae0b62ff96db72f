"""A job of the definitions, executed by Dagster in this process and recorded in the repository's storage."""

import re
from collections.abc import Callable, Sequence
from contextlib import chdir
from typing import Any

import dagster as dg

from heddle.errors import SettingsError
from heddle.settings import Settings
from orchestration.definitions import build_definitions
from orchestration.run_report import RunReport

QUIET = {"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}}
OnEvent = Callable[[dg.DagsterEvent], None]


def execute(settings: Settings, job: str, on_event: OnEvent) -> RunReport:
    """Runs the job to its end, whatever fails on the way; `on_event` hears every Dagster event. Raises SettingsError
    for a job that does not exist, and what keeps the definitions from being read."""
    with chdir(settings.root), dg.DagsterInstance.from_config(str(settings.root)) as instance:
        definition = _job(build_definitions(settings), job)
        run_id = dg.RunId() if hasattr(dg, "RunId") else _new_run_id()
        instance.add_event_listener(run_id, lambda entry: _forward(entry, on_event))
        result = definition.execute_in_process(run_config=QUIET, instance=instance, raise_on_error=False, run_id=run_id)
        return _report(result)


def _job(definitions: dg.Definitions, name: str) -> dg.JobDefinition:
    jobs = {job.name: job for job in definitions.resolve_all_job_defs() if not job.name.startswith("__")}
    if name not in jobs:
        raise SettingsError(f"there is no job {name!r}", hint=f"there are: {', '.join(sorted(jobs))}")
    return jobs[name]


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
    return check.severity.value.lower() + (f", {rows} row{'' if rows == 1 else 's'}" if rows else "")


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
