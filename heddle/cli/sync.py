"""`heddle sync`: look at what would be sent, send exactly that, and see what became of it."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Annotated

import typer

from activations import (
    apply_plan,
    check_connections,
    ensure_tables,
    load_destinations,
    load_syncs,
    plan_sync,
    preview_sync,
)
from heddle.cli import sync_look, sync_repair
from heddle.cli.formats import Answer, Form, Json, Markdown, Section
from heddle.cli.rate import SendingBar
from heddle.cli.sync_view import check_answer, plan_answer, result_answer
from heddle.cli.terminal import err
from heddle.ingestion import declared_tables, resolve_as_of
from heddle.settings import Settings
from heddle.warehouse import Warehouse, open_warehouse, prepare_warehouse, publish, run_lock

app = typer.Typer(help="Plan, apply and follow syncs.", no_args_is_help=True)
Name = Annotated[str, typer.Argument(help="The sync's name.")]


@app.command("list")
def list_syncs(as_json: Json = False, markdown: Markdown = False) -> None:
    """List every sync of the enabled sources, and every fault of a sync file; exit code 1 when there is a fault.

    Example: `heddle sync list --markdown`
    """
    found = load_syncs(Settings.load())
    columns = ["sync", "source", "destination", "object", "audience", "purpose", "on leave", "schedule", "file"]
    rows = [
        [
            sync.sync,
            sync.source.model or f"segment {sync.source.segment}",
            sync.destination,
            sync.object,
            sync.audience_name,
            sync.purpose,
            sync.on_leave,
            sync.schedule,
            sync.where().split(":", 1)[0],
        ]
        for sync in sorted(found.syncs, key=lambda sync: sync.sync)
    ]
    document = {
        "syncs": [dict(zip((c.replace(" ", "_") for c in columns), row, strict=True)) for row in rows],
        "faults": found.faults,
    }
    narrow = [_lines(*row[:-1]) for row in rows]
    sections = [Section("Syncs", columns[:-1], [row[:-1] for row in rows], narrow=narrow)]
    if found.faults:
        sections.append(Section("Faults", text="\n".join(str(fault) for fault in found.faults)))
    Answer(document, sections).show(Form.of(as_json, markdown))
    if found.faults:
        raise typer.Exit(1)


def _lines(
    sync: str, source: str, destination: str, kind: str, audience: str, purpose: str, on_leave: str, schedule: str
) -> list[str]:
    """A row of the list in lines of 50 columns; an audience that is called as its sync goes without saying."""
    called = [f"as {audience}"] if audience != sync else []
    return [f"{source} -> {destination} {kind}", *called, f"{purpose}, on leave {on_leave}, {schedule}"]


@app.command("check")
def check(
    connection: Annotated[str | None, typer.Argument(help="One connection of destinations.yml; all without.")] = None,
    as_json: Json = False,
    markdown: Markdown = False,
) -> None:
    """Try the credentials and permissions of every connection, without side effect; exit code 1 when one fails.

    Example: `heddle sync check` or `heddle sync check mail`
    """
    settings = Settings.load()
    destinations = load_destinations(settings)
    if connection:
        destinations[connection]
    found = list(check_connections(destinations, settings, connection))
    check_answer(found, destinations.faults).show(Form.of(as_json, markdown))
    if destinations.faults or not all(one.ok for one in found):
        raise typer.Exit(1)


@app.command("plan")
def plan(name: Name, as_json: Json = False, markdown: Markdown = False) -> None:
    """Seal a plan and show it: adds, changes, removes, invalid, suppressed with reasons, the guard, a masked sample.

    Example: `heddle sync plan files_vip_csv`
    """
    settings = Settings.load()
    sync = load_syncs(settings)[name]
    with _writing(settings) as (wh, as_of):
        made = plan_sync(wh, settings, sync, as_of)
    plan_answer(made, sealed=True).show(Form.of(as_json, markdown))


@app.command("preview")
def preview(name: Name, as_json: Json = False, markdown: Markdown = False) -> None:
    """Show the plan and the first request as they would be now; nothing is sealed, no plan is replaced.

    Example: `heddle sync preview files_vip_csv`
    """
    settings = Settings.load()
    sync = load_syncs(settings)[name]
    with _writing(settings) as (wh, as_of):
        made = preview_sync(wh, settings, sync, as_of)
    plan_answer(made, sealed=False).show(Form.of(as_json, markdown))


@app.command("apply")
def apply(
    plan_id: Annotated[str, typer.Argument(help="The id that `heddle sync plan` printed.")],
    past_guard: Annotated[
        bool, typer.Option("--past-guard", help="Send this one plan though its guard blocks.")
    ] = False,
    as_json: Json = False,
    markdown: Markdown = False,
) -> None:
    """Send a sealed plan; refuses when the source has moved since. A killed apply is resumed by the same call.

    Example: `heddle sync apply 20260615T043000-files_vip_csv-1a2b3c4d`
    """
    settings = Settings.load()
    with run_lock(settings, on_wait=waiting):
        with open_warehouse(settings) as wh, SendingBar() as bar:
            result = apply_plan(wh, settings, plan_id, progress=bar.told, past_guard=past_guard)
        publish(settings)
    result_answer(result).show(Form.of(as_json, markdown))


app.command("status")(sync_look.status)
app.command("rows")(sync_look.rows)
app.command("decide")(sync_repair.decide)
app.command("retry")(sync_repair.retry)
app.command("reset")(sync_repair.reset)


@contextmanager
def _writing(settings: Settings) -> Iterator[tuple[Warehouse, datetime]]:
    as_of = resolve_as_of(settings, declared_tables(settings))
    with run_lock(settings, on_wait=waiting), open_warehouse(settings) as wh:
        prepare_warehouse(wh)
        ensure_tables(wh)
        yield wh, as_of


def waiting(pid: int | None) -> None:
    """What a command says that has to wait for a run."""
    err.print(f"another run (process {pid or 'unknown'}) is going on; waiting for it to end")
