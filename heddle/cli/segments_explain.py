"""`heddle segments explain`: the definition in words, and why somebody is in or is not."""

from collections.abc import Iterator
from typing import Annotated

import typer

from heddle.cli.plain import moment, print_json
from heddle.cli.report import Json, Markdown, Report, Section, print_report
from heddle.cli.segments_preview import AsOf, Name
from heddle.errors import SegmentError
from heddle.identity import find, open_identity
from heddle.segments import (
    Candidate,
    Definition,
    Explanation,
    Verdict,
    catalog_of,
    definition,
    explain_person,
    look_up,
)
from heddle.settings import Settings

KEYS = 5  # of one person, when a segment has one member per person and key
Profile = Annotated[str | None, typer.Option(help="A profile id of any age, TYPE:VALUE, or a bare value.")]


def explain_segment(
    name: Name, profile: Profile = None, as_of: AsOf = None, as_json: Json = False, markdown: Markdown = False
) -> None:
    """Say in words what a segment means; for one person, each rule true or false with the fact behind it.

    The person is named like in `heddle profile show`. Personal values are masked.

    Example: `heddle segments explain abandoned_cart --profile email:anna@example.com`
    """
    settings = Settings.load(as_of=as_of)
    catalog = catalog_of(settings)
    source = look_up(settings, catalog, name)
    if profile is None:
        told = definition(source, catalog)
        if as_json:
            print_json(told)
        else:
            print_report(_defined(told), markdown)
        return
    found = explain_person(settings, catalog, source, _resolved(settings, profile))
    if as_json:
        print_json(found)
    else:
        print_report(_explained(found), markdown)


def _resolved(settings: Settings, text: str) -> str:
    with open_identity(settings) as wh:
        subject = find(wh, text)
    if subject.profile_id is None:
        raise SegmentError("this identifier belongs to no profile today", hint="`heddle profile show` says why")
    return subject.profile_id


def _defined(told: Definition) -> Report:
    head, *rules = told.words
    owner = f"; ask {told.owner}" if told.owner else ""
    kept = f"kept beside each member: {', '.join(told.kept)}" if told.kept else "nothing is kept beside the members"
    return Report(told.name, [head, *rules, "", f"{told.file}{owner}; {kept}", *map(str, told.warnings)])


def _explained(found: Explanation) -> Report:
    verdict = "a member" if found.member else "not a member"
    lines = [f"profile {found.profile_id} as of {moment(found.as_of)} UTC: {verdict}"]
    sections = [_candidate(one, found.per) for one in found.candidates[:KEYS]]
    more = len(found.candidates) - KEYS
    if more > 0:
        sections.append(Section("", note=f"and {more:,} more {found.per}: --json shows all"))
    return Report(f"{found.title} ({found.name})", lines, [*sections, _stays(found)])


def _candidate(one: Candidate, per: str | None) -> Section:
    title = "Rules" if per is None else f"{per} {one.key}" if one.key is not None else f"No {per} to look at"
    verdict = ": a member" if one.member else ": not a member"
    rows = [row for line in one.verdicts for row in _rows(line, 0)]
    return Section(title + (verdict if per and one.key is not None else ""), ["", "rule", "fact"], rows)


def _rows(verdict: Verdict, depth: int) -> Iterator[list[object]]:
    yield ["true" if verdict.holds else "false", f"{'  ' * depth}{verdict.words}", verdict.fact]
    for inner in verdict.inner:
        yield from _rows(inner, depth + 1)


def _stays(found: Explanation) -> Section:
    if found.stays is None:
        return Section("Stored", note="no run has stored this segment yet")
    rows = [[*([stay.key] if found.per else []), stay.entered_at, stay.left_at or "-"] for stay in found.stays]
    columns = [*([found.per] if found.per else []), "entered", "left"]
    return Section("Stored", columns, rows, note="" if rows else "never was in it")
