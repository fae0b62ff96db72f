"""`heddle sync retry`, `decide` and `reset`: what a person decides about rows that were tried."""

from collections.abc import Iterator
from contextlib import contextmanager
from enum import Enum
from typing import Annotated

import typer

from activations import Forgetting, decide_rows, ensure_tables, forgetting, load_syncs, reset_sync, retry_rows
from heddle.cli.terminal import err, out, shown
from heddle.settings import Settings
from heddle.warehouse import Warehouse, open_warehouse, prepare_warehouse, publish, run_lock
from orchestration.fingerprint import forget_fingerprint

Name = Annotated[str, typer.Argument(help="The sync's name.")]


def retry(
    name: Name,
    quarantined: Annotated[bool, typer.Option(help="Also the rows that were given up, with a fresh count.")] = False,
) -> None:
    """Let rejected rows go before their back-off ends; the next run sends them.

    Example: `heddle sync retry files_vip_csv --quarantined`
    """
    settings = Settings.load()
    sync = load_syncs(settings)[name]
    with _writing(settings) as wh:
        released = retry_rows(wh, sync.sync, quarantined)
        forget_fingerprint(wh)
    out.print(f"{shown(released)} rows are due again", markup=False)
    if released:
        out.print(f"see them with `heddle sync plan {name}`; the next run sends them", markup=False)
    elif not quarantined:
        out.print("rows that were given up need --quarantined", markup=False)


class Fate(Enum):
    """What became of a row of which the engine cannot know."""

    SENT = "sent"
    NOT_SENT = "not-sent"


def decide(
    name: Name,
    key: Annotated[str, typer.Argument(help="A key that `heddle sync rows NAME --state unknown` shows, or `all`.")],
    fate: Annotated[Fate, typer.Argument(help="What the destination's own log says.")],
) -> None:
    """Say of an unknown row whether it arrived: `sent` is never sent again, `not-sent` is in the next plan. KEY is what
    `heddle sync rows NAME --state unknown` shows, or `all`.

    Example: `heddle sync decide smtp_abandoned_cart 3f9a0c2b71de sent`
    """
    settings = Settings.load()
    sync = load_syncs(settings)[name]
    with _writing(settings) as wh:
        decided = decide_rows(wh, settings, sync, [] if key == "all" else [key], fate is Fate.SENT)
        forget_fingerprint(wh)
    said = "count as sent" if fate is Fate.SENT else "were not sent"
    out.print(f"{shown(decided)} rows of {name} {said}", markup=False)
    if decided and fate is Fate.NOT_SENT:
        out.print("the next run sends those that are still wanted", markup=False)


def reset(
    name: Name,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    send_again: Annotated[bool, typer.Option("--send-again", help="Messages: yes, send them once more.")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would happen.")] = False,
) -> None:
    """Forget what the destination acknowledged: the next run is a full resync. Says first what that means.

    Example: `heddle sync reset files_vip_csv --dry-run`
    """
    settings = Settings.load()
    sync = load_syncs(settings)[name]
    with _writing(settings) as wh:
        _tell(forgetting(wh, settings, sync))
        if dry_run:
            return
        if not yes and not typer.confirm(f"Forget what {name} has delivered?"):
            raise typer.Exit(1)
        reset_sync(wh, settings, sync, send_again)
        forget_fingerprint(wh)
    out.print(f"forgotten; the next run of {name} is a full resync", markup=False)


def _tell(found: Forgetting) -> None:
    again = "would be messaged AGAIN" if found.kind == "message" else "would be sent again (full resync)"
    out.print(f"{found.sync}: the destination is known to hold {shown(found.held)} rows", markup=False)
    out.print(f"  {shown(found.sent_again)} rows {again}", markup=False)
    if found.left_behind:
        out.print(
            f"  {shown(found.left_behind)} rows are not wanted any more and would stay there: nobody would remember "
            "them. Apply a plan first to remove them.",
            markup=False,
        )


@contextmanager
def _writing(settings: Settings) -> Iterator[Warehouse]:
    with run_lock(settings, on_wait=_waiting):
        with open_warehouse(settings) as wh:
            prepare_warehouse(wh)
            ensure_tables(wh)
            yield wh
        publish(settings)


def _waiting(pid: int | None) -> None:
    err.print(f"another run (process {pid or 'unknown'}) is going on; waiting for it to end")
