"""One answer in three forms: tables for people, Markdown for a pull request or a chat, JSON for programs."""

import dataclasses
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum
from typing import Annotated, Any

import typer

from heddle.cli.plain import moment, plain_table
from heddle.cli.terminal import out, shown

Json = Annotated[bool, typer.Option("--json", help="One JSON document instead of tables.")]
Markdown = Annotated[bool, typer.Option("--markdown", help="Markdown instead of tables.")]


_UNBOUNDED = out.options.update(max_width=10_000)


class Form(Enum):
    """How an answer is printed."""

    TABLES = "tables"
    MARKDOWN = "markdown"
    JSON = "json"

    @classmethod
    def of(cls, as_json: bool, markdown: bool) -> "Form":
        if as_json and markdown:
            raise typer.BadParameter("choose one of --json and --markdown")
        return cls.JSON if as_json else cls.MARKDOWN if markdown else cls.TABLES


@dataclass(frozen=True)
class Section:
    """A table with a title, a text under it, or both. `narrow` is told in place of the rows by a terminal on which they
    would not fit: lines per row, the first of a line under its name."""

    title: str
    columns: Sequence[str] = ()
    rows: Sequence[Sequence[object]] = ()
    text: str = ""
    code: bool = False
    narrow: Sequence[Sequence[str]] = ()


@dataclass(frozen=True)
class Answer:
    """`document` is what JSON gives; `sections` are the same for people; `closing` lines say what to do next."""

    document: Any
    sections: Sequence[Section]
    closing: Sequence[str] = field(default_factory=tuple)

    def show(self, form: Form) -> None:
        if form is Form.JSON:
            out.out(json.dumps(_plain(self.document), ensure_ascii=False, indent=2), highlight=False)
        elif form is Form.MARKDOWN:
            out.out("\n\n".join(_markdown(section) for section in self.sections), highlight=False)
        else:
            self._tables()

    def _tables(self) -> None:
        for number, section in enumerate(self.sections):
            if number:
                out.print()
            if section.columns:
                made = plain_table(section.title, section.columns, section.rows)
                if section.narrow and out.measure(made, options=_UNBOUNDED).maximum > out.width:
                    made = plain_table(section.title, [section.columns[0], ""], _stacked(section))
                made.columns[0].no_wrap = True  # the name that everything else is about
                out.print(made)
            elif section.title:
                out.print(section.title, style="bold", markup=False)
            if section.text:
                out.print(section.text, markup=False)
        if self.closing:
            out.print()
        for line in self.closing:
            out.print(line, markup=False)


def _stacked(section: Section) -> list[list[object]]:
    """The name of each row once, its lines beside it."""
    told = zip(section.rows, section.narrow, strict=True)
    return [["" if number else row[0], line] for row, lines in told for number, line in enumerate(lines)]


def _markdown(section: Section) -> str:
    parts = [f"### {section.title}"] if section.title else []
    if section.columns:
        lines = [section.columns, ["---"] * len(section.columns), *section.rows]
        parts.append("\n".join("| " + " | ".join(_cell(cell) for cell in line) + " |" for line in lines))
    if section.text:
        parts.append(f"```\n{section.text}\n```" if section.code else section.text)
    return "\n\n".join(parts)


def _cell(value: object) -> str:
    text = moment(value) if isinstance(value, datetime) else shown(value)
    return text.replace("|", "\\|").replace("\n", " ")


def _plain(value: Any) -> Any:
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return _plain(dataclasses.asdict(value))
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    return f"{value.isoformat()}Z" if isinstance(value, datetime) else value
