"""One answer in three forms: tables for a terminal, Markdown for a pull request, JSON for a program."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Annotated

import typer

from heddle.cli.plain import moment, plain_table, print_plain
from heddle.cli.terminal import out, shown

Json = Annotated[bool, typer.Option("--json", help="One JSON document instead of tables.")]
Markdown = Annotated[bool, typer.Option("--markdown", help="Markdown instead of tables, for a pull request.")]
_STEERS_MARKDOWN = re.compile(r"([\\`*{}\[\]<>|~]|(?<!\w)_|_(?!\w))")

_NUMBER = re.compile(r"|[+-]?[\d,]+(\.\d+)?%?")


MANY = 7  # columns: closer together, so that a hundred characters hold them


@dataclass(frozen=True)
class Section:
    """A table with a title; without rows only `note` is shown. `code` is a block of plain lines below (a diff)."""

    title: str
    columns: Sequence[str] = ()
    rows: Sequence[Sequence[object]] = ()
    note: str = ""
    code: Sequence[str] = ()


@dataclass(frozen=True)
class Report:
    """A headline, sentences, and tables."""

    title: str
    lines: Sequence[str] = ()
    sections: Sequence[Section] = field(default_factory=tuple)


def print_report(report: Report, markdown: bool = False) -> None:
    """Print for people, or as Markdown that a code host renders."""
    if markdown:
        out.out(markdown_text(report), highlight=False)
        return
    print_plain(report.title, "bold")
    for line in report.lines:
        print_plain(line)
    for section in report.sections:
        _print_section(section)


def markdown_text(report: Report) -> str:
    """The report as Markdown; nothing that a row holds can become markup."""
    parts = [f"### {_plain(report.title)}"]
    if report.lines:
        parts.append("  \n".join(_plain(line) for line in report.lines))
    for section in report.sections:
        parts += [f"#### {_plain(section.title)}"] if section.title else []
        parts += [_markdown_table(section.columns, section.rows)] if section.rows else []
        parts += [_plain(section.note)] if section.note else []
        parts += ["\n".join(["```diff", *(line.replace("```", "'''") for line in section.code), "```"])] * bool(
            section.code
        )
    return "\n\n".join(parts) + "\n"


def _print_section(section: Section) -> None:
    out.print()
    if section.rows:
        made = plain_table(section.title, section.columns, [row for cells in section.rows for row in _unfolded(cells)])
        for i, column in enumerate(made.columns):
            number = all(_is_number(row[i]) for row in section.rows)
            column.justify = "right" if number else "left"
            # where it gets narrow, sentences are folded, and never a number or a name
            column.no_wrap = number or (i == 0 and not any(" " in str(row[i]) for row in section.rows))
        made.padding = (0, 2 if len(section.columns) > MANY else 3, 0, 0)
        out.print(made)
    elif section.title:
        print_plain(section.title, "bold")
    if section.note:
        print_plain(section.note, "dim")
    for line in section.code:
        print_plain(f"  {line}", {"+": "green", "-": "red"}.get(line[:1], ""))


def _unfolded(cells: Sequence[object]) -> Iterator[list[object]]:
    """A row whose cells hold several lines as a row per line."""
    lines = [value.splitlines() if isinstance(value, str) else [value] for value in cells]
    for i in range(max(map(len, lines), default=0)):
        yield [line[i] if i < len(line) else "" for line in lines]


def _markdown_table(columns: Sequence[str], rows: Sequence[Sequence[object]]) -> str:
    numeric = [all(_is_number(row[i]) for row in rows) for i in range(len(columns))]
    lines = [
        _row([_plain(column) for column in columns]),
        _row(["---:" if number else "---" for number in numeric]),
        *[_row([_cell(value) for value in row]) for row in rows],
    ]
    return "\n".join(lines)


def _row(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _cell(value: object) -> str:
    text = moment(value) if isinstance(value, datetime) else shown(value)
    return "<br>".join(_plain(line) for line in text.splitlines())


def _plain(text: str) -> str:
    visible = "".join(c if c.isprintable() else "\ufffd" for c in text)
    return _STEERS_MARKDOWN.sub(r"\\\1", visible)


def _is_number(value: object) -> bool:
    """A number, or one written out for people: 12.5%, +3."""
    if isinstance(value, str):
        return _NUMBER.fullmatch(value) is not None
    return isinstance(value, int | float | None) and not isinstance(value, bool)
