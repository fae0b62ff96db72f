"""`heddle segments catalog`: the words that a segment may use."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Annotated

import typer

from heddle.cli.plain import moment, print_json
from heddle.cli.report import Json, Markdown, Report, Section, print_report
from heddle.errors import SegmentError
from heddle.segments import (
    CatalogEntry,
    UndescribedEvent,
    catalog_entries,
    catalog_of,
    did_you_mean,
    known_words,
    undescribed_events,
)
from heddle.settings import Settings

Word = Annotated[str, typer.Argument(help="Show only what has this in a name, title, synonym or field.")]


def show_catalog(word: Word = "", as_json: Json = False, markdown: Markdown = False) -> None:
    """Show the words that segments may use: traits, events and groups, related records, channels, uploaded lists.

    The data team publishes them in the `meta` of the dbt models; personal ones are masked wherever they are shown,
    and a trait marked `history` may be asked `for_at_least`.

    Example: `heddle segments catalog order`
    """
    settings = Settings.load()
    catalog = catalog_of(settings)
    found, undescribed = catalog_entries(catalog, word), undescribed_events(settings, catalog, word)
    if not found and not undescribed:
        hint = did_you_mean(word, known_words(catalog)) or "`heddle segments catalog` shows every word"
        raise SegmentError(f"the catalog knows nothing about {word!r}", hint=hint)
    if as_json:
        entries = {"entries": [asdict(entry) for entry in found], "undescribed": [asdict(one) for one in undescribed]}
        print_json({"word": word, **entries})
    else:
        sections = [*_sections(found), *_undescribed(undescribed)]
        print_report(Report(f"Catalog{f', about {word!r}' if word else ''}", (), sections), markdown)


def _undescribed(events: Sequence[UndescribedEvent]) -> list[Section]:
    """What the sources send and no segment can ask for."""
    columns = ["event", "events", "people", "last seen"]
    rows = [[event.name, event.events, event.people, moment(event.last_at)] for event in events]
    note = "To make them words of segments: docs/add_a_source.md, New words"
    return [Section("Events that nobody has described yet", columns, rows, note=note)] if rows else []


def _sections(found: Sequence[CatalogEntry]) -> list[Section]:
    kinds: dict[str, list[CatalogEntry]] = {}
    for entry in found:
        kinds.setdefault(entry.kind, []).append(entry)
    made = {
        "trait": ("Traits (trait: ...)", ["trait", "type", "title", "people also say", "marks"], _trait),
        "event": ("Events (did: ..., did_not: ...)", ["event", "title", "fields", "kept"], _event),
        "group": ("Groups of events, used like an event", ["group", "any of", "fields of all"], _group),
        "relation": ("Related records (has: ..., has_no: ...)", ["relation", "title", "key", "fields"], _relation),
        "channel": ("Reachability (can_receive: ..., for: ...)", ["channel", "purposes"], _channel),
        "list": ("Uploaded lists (in_list: ...)", ["list"], _list),
    }
    return [
        Section(title, columns, [row(entry) for entry in kinds[kind]])
        for kind, (title, columns, row) in made.items()
        if kind in kinds
    ]


def _trait(entry: CatalogEntry) -> list[object]:
    marks = [mark for mark, has in (("personal", entry.personal), ("history", entry.history)) if has]
    return [entry.name, entry.type, entry.title, ", ".join(entry.synonyms), ", ".join(marks)]


def _event(entry: CatalogEntry) -> list[object]:
    return [entry.name, entry.title, _fields(entry), entry.kept or ""]


def _group(entry: CatalogEntry) -> list[object]:
    return [entry.name, ", ".join(entry.events), _fields(entry)]


def _relation(entry: CatalogEntry) -> list[object]:
    return [entry.name, entry.title, entry.key, _fields(entry)]


def _channel(entry: CatalogEntry) -> list[object]:
    return [entry.name, ", ".join(entry.purposes)]


def _list(entry: CatalogEntry) -> list[object]:
    return [entry.name]


def _fields(entry: CatalogEntry) -> str:
    return ", ".join(f"{field.name} ({field.type}{', personal' if field.personal else ''})" for field in entry.fields)
