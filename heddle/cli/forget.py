"""`heddle identity forget`: a person asked to be erased."""

from datetime import UTC, datetime
from typing import Annotated

import typer

from heddle.cli.plain import plain_table, print_plain
from heddle.cli.profile import ShowPii
from heddle.cli.terminal import out
from heddle.identity import (
    Erasure,
    IdentityError,
    Mask,
    erased_since,
    erasure_of,
    find,
    open_identity,
    register_path,
    write_erasure,
)
from heddle.settings import Settings, naive_utc
from heddle.warehouse import open_warehouse, run_lock

SHOWN = 12
THE_RUN = """The next `heddle run`
  takes them out of the identity graph: the profile ends, and leaves profiles, segments and what syncs maintain;
  has each sync remove the person from what it maintains, where the destination can remove;
  and no later run takes them in again, not even when a source tells of them again."""
NOT_HERE = """It does not
  touch raw files, raw tables, staging or backups: delete the person at the source, and there;
  reach what a destination keeps beyond an audience or a list: messages that were sent, its own profiles and logs;
  rewrite history: the merge log, past membership and the ledger of deliveries stay (docs/identity.md says what of)."""


def forget_person(
    identifier: Annotated[str, typer.Argument(help="TYPE:VALUE, a bare value, or a profile id.")],
    reason: Annotated[str, typer.Option(help="Why, without personal data: it outlives what is erased.")] = "asked",
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would be forgotten.")] = False,
    show_pii: ShowPii = False,
) -> None:
    """Erase a person: every identifier and record of their profile is forgotten by the next run, for good.

    Says first what will be forgotten, then writes it to `heddle.erasures` and to the register beside the warehouse;
    while a run is going it does not write. There is no way back but to delete it in both before the next run.

    Example: `heddle identity forget email:anna@example.com --reason "request 2026-118"`
    """
    settings, mask = Settings.load(), Mask(show_pii)
    with open_identity(settings) as wh:
        try:
            erasure = erasure_of(wh, find(wh, identifier))
        except IdentityError:
            if not _is_forgotten(settings, identifier):
                raise
            return
    print_erasure(erasure, mask)
    if dry_run:
        print_plain("dry run: nothing was written")
        return
    if not yes and not typer.confirm("Forget this person?"):
        raise typer.Exit(1)
    _write(settings, identifier, erasure, reason)


def print_erasure(erasure: Erasure, mask: Mask) -> None:
    """What will be forgotten, what the next run does, and what nobody but you can do."""
    identifiers = erasure.identifiers
    counted = f"{len(identifiers):,} identifiers and {len(erasure.records):,} records"
    print_plain(f"profile {erasure.profile_id}: {counted} will be forgotten", "bold")
    shown = [[node.type, mask.node_value(node)] for node in (*identifiers, *erasure.records)[:SHOWN]]
    out.print(plain_table("", ["type", "value"], shown))
    if len(erasure.nodes) > SHOWN:
        print_plain(f"... and {len(erasure.nodes) - SHOWN:,} more", "dim")
    if erasure.shared:
        print_plain(f"{erasure.shared:,} of the identifiers stand on records of other people too, who lose them")
    for line in (*THE_RUN.splitlines(), *NOT_HERE.splitlines()):
        print_plain(line)


def _is_forgotten(settings: Settings, identifier: str) -> bool:
    with open_identity(settings) as wh:
        since = erased_since(wh, identifier)
    if since is not None:
        print_plain(f"forgotten since {since:%Y-%m-%d %H:%M}, and it stays so; nothing to write")
    return since is not None


def _write(settings: Settings, identifier: str, shown: Erasure, reason: str) -> None:
    """The working warehouse may be newer than the copy that was read: what the person is there is what is written."""
    with run_lock(settings, timeout=0), open_warehouse(settings) as wh:
        now = erasure_of(wh, find(wh, identifier))
        if now.profile_id != shown.profile_id:
            raise IdentityError(
                f"a run made {now.profile_id} of this person meanwhile, and it is not published yet",
                hint="look again and decide again",
            )
        added = write_erasure(wh, now, reason, naive_utc(datetime.now(UTC)), register_path(settings))
    if not added:
        print_plain("already written; nothing was added. The next `heddle run` carries it out.")
        return
    print_plain(f"{added:,} nodes written to heddle.erasures. The next `heddle run` carries it out.")
