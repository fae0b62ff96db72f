"""How things look in a terminal: one console, aligned tables, errors that say what to do."""

from collections.abc import Iterable, Sequence

from rich.console import Console
from rich.table import Table

from heddle.errors import HeddleError

WORD = 12  # characters
WIDE = 160  # columns when nobody looks (a pipe, a log): tables are not folded then
out = Console(highlight=False, soft_wrap=True)
err = Console(stderr=True, highlight=False, soft_wrap=True)
if not out.is_terminal:
    out.width = max(out.width, WIDE)


def table(title: str, columns: Sequence[str], rows: Iterable[Sequence[object]]) -> Table:
    """A table whose numbers are right-aligned and grouped by thousands."""
    body = [list(row) for row in rows]
    made = Table(title=title, title_justify="left", title_style="bold", box=None, pad_edge=False, padding=(0, 3, 0, 0))
    for i, column in enumerate(columns):
        numeric = bool(body) and all(isinstance(row[i], int | float | None) for row in body)
        # the first is the name that everything else is about; a word is not folded where a sentence can be
        whole = numeric or i == 0 or all(len(str(row[i])) <= WORD for row in body)
        made.add_column(column, justify="right" if numeric else "left", header_style="dim", no_wrap=whole)
    for row in body:
        made.add_row(*(shown(value) for value in row))
    return made


def shown(value: object) -> str:
    """A value as people write it: 12,345 or 1,234.50, nothing for None."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int):
        return f"{value:,}"
    return f"{value:,.2f}" if isinstance(value, float) else str(value)


def fail(error: HeddleError) -> None:
    """Print an error the way it should be read: what, where, what to do."""
    err.print("error: ", style="bold red", end="")
    err.print(str(error), markup=False)
