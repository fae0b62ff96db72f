"""`heddle run`: the main job, through Dagster, in this process."""

import time
from typing import TYPE_CHECKING, Annotated

import typer

from heddle.cli.progress import StepPrinter
from heddle.cli.summary import print_summary
from heddle.cli.terminal import err, out
from heddle.settings import Settings

if TYPE_CHECKING:
    from orchestration.run_report import RunReport


def run(
    job: Annotated[
        str, typer.Option(help="heddle | ingest | ingest_and_segments | hourly | daily_profiles | daily_at_0600")
    ] = "heddle",
    force: Annotated[bool, typer.Option(help="Run even when nothing has changed.")] = False,
    as_of: Annotated[
        str | None, typer.Option(help="The instant of the run, ISO 8601; default: the sources' clock.")
    ] = None,
) -> None:
    """Load what is new, stitch people, refresh segments, deliver. Run it as often as you like.

    A run that was killed is simply started again; a second run waits for the first.

    Example: `heddle run`, or `HEDDLE_DATA=/data HEDDLE_SOURCES=online_retail heddle run`
    """
    settings = Settings.load(as_of=as_of)
    settings.export()
    if not run_and_report(settings, job, force).succeeded:
        raise typer.Exit(1)


def run_and_report(settings: Settings, job: str = "heddle", force: bool = False) -> "RunReport":
    """Run a job with its progress on the terminal, then say what is there now."""
    # Dagster and dbt cost seconds to import: only the verbs that run a job pay for them
    from orchestration.run import run_job

    started = time.monotonic()
    out.print(f"[bold]heddle run[/bold] {job} on {settings.warehouse_path.name} ({', '.join(settings.sources)})")
    with StepPrinter() as printer:
        report = run_job(settings, job, printer.on_event, force, printer.told)
    if report.nothing_to_do:
        out.print("nothing to do: no file, definition or instant has changed since the last run")
        return report
    _print_outcome(report, time.monotonic() - started)
    print_summary(settings)
    return report


def _print_outcome(report: "RunReport", seconds: float) -> None:
    for check, severity in report.failed_checks.items():
        out.print(f"  [yellow]check failed[/yellow] ({severity}) {check}")
    if report.unasked_checks:
        out.print(f"  [yellow]not checked[/yellow] {report.unasked_checks} checks of what was not built")
    for step, why in report.failed_steps.items():
        err.print(f"  [red]failed[/red] {step}: ", end="")
        err.print(why, markup=False)
    verdict = "[green]done[/green]" if report.succeeded else "[red]done with failures[/red]"
    out.print(f"{verdict} in {seconds:.1f} s\n")
