"""`heddle segments diff`: what a change of files would do to the audiences, for the person who reviews it."""

from typing import Annotated

import typer

from heddle.cli.plain import moment, print_json
from heddle.cli.report import Json, Markdown, Report, Section, print_report
from heddle.segments import Comparison, Difference, compare
from heddle.settings import Settings

COLUMNS = ["segment", "what", "before", "after", "enter", "leave", "change", "stored now"]
Name = Annotated[str | None, typer.Argument(help="Only this segment; default: every one that differs.")]
Base = Annotated[str, typer.Option(help="The revision to compare with: a branch, a tag, a commit.")]
AsOf = Annotated[str | None, typer.Option(help="The instant, ISO 8601; default: that of the published run.")]


def diff_segments(
    name: Name = None, base: Base = "HEAD", as_of: AsOf = None, as_json: Json = False, markdown: Markdown = False
) -> None:
    """Show who would enter and leave, against the committed version: sizes, the changed words, guards that would block.

    Both versions are evaluated on the published copy at the same instant; nothing is stored.

    Example: `heddle segments diff --base origin/main --markdown`
    """
    found = compare(Settings.load(as_of=as_of), base, name)
    if as_json:
        print_json(found)
    else:
        print_report(_report(found), markdown)


def _report(found: Comparison) -> Report:
    short = found.commit[:9]
    against = short if found.commit.startswith(found.revision) else f"{found.revision} ({short})"
    if not found.differences:
        return Report(f"No segment differs from {against}", [f"{found.unchanged:,} files are the same"])
    lines = [
        f"on {found.people:,} people as of {moment(found.as_of)} UTC; {found.unchanged:,} other files are the same"
    ]
    number = len(found.differences)
    title = f"{number:,} segment{'' if number == 1 else 's'} against {against}"
    sections = [Section("", COLUMNS, [_row(one) for one in found.differences])]
    blocked = [[one.name, one.guard] for one in found.differences if one.guard]
    if blocked:
        note = "The next run would keep the members that are stored now."
        sections.append(Section("Volume guards that would block", ["segment", "why"], blocked, note))
    problems = [[one.name, problem] for one in found.differences for problem in one.problems]
    if problems:
        sections.append(Section("To look at", ["segment", "what"], problems))
    sections += [Section(one.name, code=one.words) for one in found.differences if one.words]
    still = [one.name for one in found.differences if one.change == "changed" and not one.words and not one.problems]
    if still:
        sections.append(Section("", note=f"The words of {', '.join(still)} are the same in both versions."))
    return Report(title, lines, sections)


def _row(one: Difference) -> list[object]:
    change = "" if one.percent is None else f"{one.percent:+.1f}%" if one.entering or one.leaving else "0.0%"
    return [one.name, one.change, one.before, one.after, one.entering, one.leaving, change, one.stored]
