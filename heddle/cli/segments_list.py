"""`heddle segments list`: every segment with its size and what its last run did."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from typing import Annotated

import typer

from activations import load_syncs
from heddle.cli.plain import print_json
from heddle.cli.report import Json, Markdown, Report, Section, print_report
from heddle.cli.terminal import out
from heddle.errors import SyncError
from heddle.segments import Listed, catalog_of, listing, open_published, read_workspace
from heddle.settings import Settings
from heddle.warehouse import Warehouse

NARROW = 100  # columns of a terminal; one with fewer has no room for when a segment is and was refreshed
LEFT_OUT = ("refresh", "last run")
COLUMNS = ["segment", "members", "share", "in", "out", "refresh", "last run", "verdict", "syncs"]
Details = Annotated[bool, typer.Option("--details", help="Titles, owners and the names of the syncs too.")]


def list_segments(details: Details = False, as_json: Json = False, markdown: Markdown = False) -> None:
    """List the segments: size now, share of all people, who entered and left in the last run, the syncs that read it.

    Example: `heddle segments list`
    """
    settings = Settings.load()
    files = read_workspace(settings, catalog_of(settings))
    with _warehouse(settings) as wh:
        listed = listing(files, wh)
    syncs = _syncs(settings)
    if as_json:
        print_json({"segments": [{**asdict(one), "syncs": syncs.get(one.name, [])} for one in listed]})
        return
    lines = [] if settings.published_path.exists() else ["nothing has been published yet: `heddle run` first"]
    blocked = [[one.name, one.verdict, _why(one)] for one in listed if one.verdict not in ("ok", None)]
    sections = [_section([_row(one, syncs.get(one.name, [])) for one in listed], all_of_it=markdown)]
    if details:
        about = [[one.name, one.title, one.owner or "", ", ".join(syncs.get(one.name, []))] for one in listed]
        sections.append(Section("About", ["segment", "title", "owner", "syncs"], about))
    if blocked:
        sections.append(Section("Held back: the stored members stay", ["segment", "verdict", "why"], blocked))
    print_report(Report(f"{len(listed)} segments of {', '.join(settings.sources)}", lines, sections), markdown)


def _section(rows: Sequence[Sequence[object]], all_of_it: bool) -> Section:
    if all_of_it or out.width >= NARROW:
        return Section("", COLUMNS, rows)
    kept = [i for i, column in enumerate(COLUMNS) if column not in LEFT_OUT]
    note = f"{' and '.join(LEFT_OUT)}: in a terminal of {NARROW} columns, with --markdown or --json"
    return Section("", [COLUMNS[i] for i in kept], [[row[i] for i in kept] for row in rows], note)


def _row(one: Listed, syncs: Sequence[str]) -> list[object]:
    share = "" if one.share is None else f"{one.share:.1%}"
    refresh = (one.refresh or "").replace("minutes", "min")
    last_run = f"{one.last_run:%m-%d %H:%M}" if one.last_run else ""
    return [one.name, one.members, share, one.entered, one.left, refresh, last_run, one.verdict, len(syncs)]


def _why(one: Listed) -> str:
    return "`heddle segments check` names them" if one.verdict == "faults" else one.reason or ""


@contextmanager
def _warehouse(settings: Settings) -> Iterator[Warehouse | None]:
    """The published copy, or None before the first run: the files can be listed without it."""
    if not settings.published_path.exists():
        yield None
        return
    with open_published(settings) as wh:
        yield wh


def _syncs(settings: Settings) -> dict[str, list[str]]:
    """Segment -> names of the syncs that read it. A broken destination file does not stop a list of segments."""
    try:
        known = load_syncs(settings).syncs
    except SyncError:
        return {}
    found: dict[str, list[str]] = {}
    for sync in known:
        if sync.source.segment:
            found.setdefault(sync.source.segment, []).append(sync.sync)
    return found
