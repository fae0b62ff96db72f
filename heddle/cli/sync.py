"""`heddle sync`: look at what would be sent, then send exactly that."""

from typing import Annotated

import typer
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from activations import Plan, apply_plan, ensure_tables, load_syncs, plan_sync
from heddle.cli.terminal import err, out, shown, table
from heddle.ingestion import declared_tables, resolve_as_of
from heddle.settings import Settings
from heddle.warehouse import open_warehouse, prepare_warehouse, publish, run_lock

COLUMNS = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
app = typer.Typer(help="Plan and apply syncs.", no_args_is_help=True)


@app.command("plan")
def plan(name: Annotated[str, typer.Argument(help="The sync's name.")]) -> None:
    """Seal a plan and show it: adds, changes, removes, invalid, suppressed with reasons, the guard, a masked sample.

    Example: `heddle sync plan files_vip_csv`
    """
    settings = Settings.load()
    sync = load_syncs(settings)[name]
    as_of = resolve_as_of(settings, declared_tables(settings))
    with run_lock(settings, on_wait=_waiting), open_warehouse(settings) as wh:
        prepare_warehouse(wh)
        ensure_tables(wh)
        _print_plan(plan_sync(wh, settings, sync, as_of))


@app.command("apply")
def apply(plan_id: Annotated[str, typer.Argument(help="The id that `heddle sync plan` printed.")]) -> None:
    """Send a sealed plan; refuses when the source has moved since. A killed apply is resumed by the same call.

    Example: `heddle sync apply files_vip_csv-20260615T043000-1a2b3c4d`
    """
    settings = Settings.load()
    with run_lock(settings, on_wait=_waiting):
        with open_warehouse(settings) as wh, Progress(*COLUMNS, console=err, transient=True) as bar:
            task = bar.add_task("sending", total=None)
            result = apply_plan(
                wh, settings, plan_id, progress=lambda done, total: bar.update(task, completed=done, total=total)
            )
        publish(settings)
    rows = [[reason, n] for reason, n in sorted(result.reasons.items())]
    out.print(table(f"{result.sync}: {result.status}", ["outcome", "rows"], rows))


def _print_plan(made: Plan) -> None:
    rows = [[action, reason, n] for action, reasons in made.counts.items() for reason, n in sorted(reasons.items())]
    out.print(table(f"Plan {made.id}", ["action", "reason", "rows"], rows))
    out.print(f"source: {shown(made.source_rows)} rows; the destination holds {shown(made.held)}")
    out.print(f"guard: {made.guard_verdict}{f' ({made.guard_reason})' if made.guard_reason else ''}")
    if made.resync:
        out.print(f"full resync: {made.resync}")
    if made.sample:
        columns = list(made.sample[0])
        out.print(table("\nSample (masked)", columns, [list(row.values()) for row in made.sample]))
    if made.first_request:
        out.print("\nFirst request (masked)", style="bold")
        out.print(made.first_request, markup=False)
    if made.sendable:
        out.print(f"\nsend it with `heddle sync apply {made.id}`")


def _waiting(pid: int | None) -> None:
    err.print(f"another run (process {pid or 'unknown'}) is going on; waiting for it to end")
