"""`heddle segments members`: who was in a segment at any instant of its history."""

from datetime import UTC, datetime
from typing import Annotated

import typer

from heddle.cli.plain import moment, print_json
from heddle.cli.report import Json, Report, Section, print_report
from heddle.cli.terminal import shown
from heddle.segments.members import members_at
from heddle.settings import Settings, naive_utc

Name = Annotated[str, typer.Argument(help="The segment's name.")]
AsOf = Annotated[
    datetime | None,
    typer.Option(
        formats=["%Y-%m-%d", "%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%dT%H:%M:%S%z"],
        help="The instant, UTC where no zone is given; default: now.",
    ),
]
Limit = Annotated[int, typer.Option(min=0, help="At most so many members; 0 for the count alone.")]


def list_members(name: Name, as_of: AsOf = None, limit: Limit = 20, as_json: Json = False) -> None:
    """Show who was in a segment at an instant, as the last run before it left it. Profile ids, no personal data.

    Example: `heddle segments members abandoned_cart --as-of 2026-06-01T06:00`
    """
    instant = naive_utc(as_of) if as_of else datetime.now(UTC).replace(tzinfo=None)
    found = members_at(Settings.load(), name, instant, limit)
    if as_json:
        print_json(found)
        return
    title = f"{name} at {moment(found.as_of)} UTC: {shown(found.count)} members"
    lines = [f"history since {moment(found.since)} UTC"] if found.since else []
    columns = list(found.rows[0]) if found.rows else []
    rows = [["" if value is None else str(value) for value in row.values()] for row in found.rows]
    note = f"{shown(found.count - len(found.rows))} more" if found.count > len(found.rows) else ""
    print_report(Report(title, lines, [Section("", columns, rows, note)]))
