"""`heddle segments preview`: whom a segment would find, before anybody merges it."""

from typing import Annotated

import typer

from heddle.cli.plain import moment, print_json
from heddle.cli.report import Json, Markdown, Report, Section, print_report
from heddle.segments import Preview, catalog_of, look_up, preview
from heddle.settings import Settings

Name = Annotated[str, typer.Argument(help="The segment's name, or a file, a draft too.")]
AsOf = Annotated[str | None, typer.Option(help="The instant, ISO 8601; default: that of the published run.")]


def preview_segment(name: Name, as_of: AsOf = None, as_json: Json = False, markdown: Markdown = False) -> None:
    """Count whom a segment would find: share, a funnel of its rules, reachable, overlap, a masked sample of 20.

    Reads the published copy, so it never waits for a run and stores nothing.

    Example: `heddle segments preview drafts/spring.yml`, or `heddle segments preview vip_customers --markdown`
    """
    settings = Settings.load(as_of=as_of)
    catalog = catalog_of(settings)
    found = preview(settings, catalog, look_up(settings, catalog, name))
    if as_json:
        print_json(found)
    else:
        print_report(_report(found), markdown)


def _report(found: Preview) -> Report:
    keyed = f"{found.members:,} members (one per person and {found.per}), " if found.per else ""
    stored = "no run has stored it yet" if found.stored is None else f"the last run stored {found.stored:,}"
    lines = [
        f"{keyed}{found.people:,} people, {found.share:.1%} of {found.base:,}; {stored}",
        f"as of {moment(found.as_of)} UTC; {found.file}",
        *(str(fault) for fault in found.warnings),
    ]
    return Report(f"{found.title} ({found.name})", lines, _sections(found))


def _sections(found: Preview) -> list[Section]:
    steps, before = [], found.base
    for step in found.funnel:
        steps.append([step.words, step.alone, step.left, f"{step.left / before:.0%}" if before else ""])
        before = step.left
    reach = [[r.channel, r.purpose, r.people, f"{r.share:.1%}"] for r in found.reach]
    overlap = [[o.segment, o.people, o.shared, f"{o.of_this:.1%}", f"{o.of_that:.1%}"] for o in found.overlap]
    columns = list(found.sample[0]) if found.sample else []
    return [
        Section("Funnel, in people", ["line", "alone", "left", "kept"], steps),
        Section(
            "Reachable",
            ["channel", "purpose", "people", "share"],
            reach,
            note="" if reach else "nobody: no address with a consent on any channel (the shape `consents` gives them)",
        ),
        Section(
            "Overlap with the largest segments",
            ["segment", "people", "in both", "of this", "of that"],
            overlap,
            note="" if overlap else "none: no other stored segment has one of these people",
        ),
        Section(
            "Sample, masked",
            columns,
            [[row[name] for name in columns] for row in found.sample],
            note="" if found.sample else "nobody to show",
        ),
    ]
