"""`heddle segments backfill`: the history a segment would have, had it run on each day."""

from datetime import date, datetime
from itertools import groupby
from typing import Annotated

import typer

from heddle.cli.plain import moment, print_json
from heddle.cli.report import Json, Report, Section, print_report
from heddle.cli.terminal import err, shown
from heddle.segments.backfill import Backfilled, Day, backfill
from heddle.settings import Settings

MANY = 31  # days: more are shown by month
Name = Annotated[str, typer.Argument(help="The segment's name.")]
First = Annotated[datetime, typer.Option("--from", formats=["%Y-%m-%d"], help="The first day, as 2026-01-01.")]
Last = Annotated[datetime, typer.Option("--to", formats=["%Y-%m-%d"], help="The last day, included.")]
Todays = Annotated[
    bool,
    typer.Option("--with-todays-values", help="Go on where rules read what is kept for today only."),
]


def backfill_segment(
    name: Name, first: First, last: Last, with_todays_values: Todays = False, as_json: Json = False
) -> None:
    """Replay a segment's history day by day, before its first recorded run; what runs recorded is never changed.

    Killed, it goes on where it stopped; run twice, it changes nothing.

    Example: `heddle segments backfill abandoned_cart --from 2026-01-01 --to 2026-03-31`
    """
    with err.status("reading the definitions") as status:

        def told(day: Day, done: int, of: int) -> None:
            line = f"{done}/{of}  {day.as_of:%Y-%m-%d}  {shown(day.members)} members"
            if err.is_terminal:
                status.update(line)
            elif done == of or done % 30 == 0:
                err.print(f"  .. {line}")

        found = backfill(Settings.load(), name, first.date(), last.date(), with_todays_values, told)
    if as_json:
        print_json(found)
        return
    print_report(_report(found, first.date(), last.date()))


def _report(found: Backfilled, first: date, last: date) -> Report:
    since = moment(found.recorded_since) if found.recorded_since else ""
    lines = []
    if found.recorded:
        lines.append(f"{shown(found.recorded)} of the days are recorded, from {since} UTC on: they stay as they are.")
    if not found.days:
        return Report(f"{found.name}: nothing to fill from {first} to {last}", lines)
    blocked = [day for day in found.days if day.blocked]
    lines += [f"On {len(blocked)} days the volume guard would have kept the members before."] if blocked else []
    lines += [str(fault) for fault in found.unknown]
    number = len(found.days)
    title = f"{found.name}: {shown(number)} day{'' if number == 1 else 's'} filled, from {first} on"
    columns = ["as of (UTC)" if number <= MANY else "month", "members", "entered", "left", "guard"]
    return Report(title, lines, [Section("", columns, _rows(found.days))])


def _rows(days: tuple[Day, ...]) -> list[list[object]]:
    if len(days) <= MANY:
        return [[moment(day.as_of), day.members, day.entered, day.left, day.blocked] for day in days]
    rows: list[list[object]] = []
    for month, group in groupby(days, lambda day: f"{day.as_of:%Y-%m}"):
        listed = list(group)
        held = sum(bool(day.blocked) for day in listed)
        entered, left = sum(day.entered for day in listed), sum(day.left for day in listed)
        rows.append([month, listed[-1].members, entered, left, f"{held} days blocked" if held else ""])
    return rows
