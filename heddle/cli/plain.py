"""Values of rows on the terminal exactly as they are: no markup, no emoji codes (`:email:` is one)."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import TYPE_CHECKING

from rich.table import Table
from rich.text import Text

from heddle.cli.terminal import out, shown, table

if TYPE_CHECKING:
    from _typeshed import DataclassInstance


def plain_table(title: str, columns: Sequence[str], rows: Iterable[Sequence[object]]) -> Table:
    """`terminal.table` for values that people or sources wrote."""
    body = [list(row) for row in rows]
    made = table(title, columns, [])
    for i, column in enumerate(made.columns):
        column.overflow = "fold"  # nothing that was asked for is cut off
        column.justify = "right" if body and all(_is_number(row[i]) for row in body) else "left"
    for row in body:
        made.add_row(*(_text(moment(value) if isinstance(value, datetime) else shown(value)) for value in row))
    return made


def print_plain(text: str, style: str = "") -> None:
    out.print(_text(text, style))


def print_json(value: "DataclassInstance | dict[str, object]") -> None:
    """One JSON document, times as ISO 8601 UTC."""
    content = value if isinstance(value, dict) else asdict(value)
    out.out(json.dumps(content, ensure_ascii=False, indent=2, default=_json), highlight=False)


def moment(value: datetime | None) -> str:
    return "" if value is None else f"{value:%Y-%m-%d %H:%M}"


def _text(value: str, style: str = "") -> Text:
    """Without control characters: a value that a stranger typed into a form must not steer the terminal."""
    return Text("".join(c if c.isprintable() else "\ufffd" for c in value), style=style)


def _is_number(value: object) -> bool:
    return isinstance(value, int | float | None) and not isinstance(value, bool)


def _json(value: object) -> str:
    return f"{value.isoformat()}Z" if isinstance(value, datetime) else str(value)
