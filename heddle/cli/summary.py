"""What a person wants to know after a run: rows and rejects, people, segments, deliveries, where to look."""

import sys
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from heddle.cli.terminal import out, table
from heddle.settings import Settings
from heddle.warehouse import Warehouse, open_warehouse

SOURCES = """
    select source || '.' || table_name as raw_table, count(distinct file) as files, cast(sum(rows) as bigint) as rows,
        cast(sum(rejects) as bigint) as rejects
    from raw.raw_files group by 1 order by 1
"""
PEOPLE = """
    select
        count(*) as people,
        count(*) filter (where not is_anonymous) as known,
        count(*) filter (where orders_count > 0) as buyers,
        sum(lifetime_value) as revenue
    from profiles.profiles
"""
SEGMENTS = """
    select segment, members, entered, left_count as went, verdict, reason
    from segments.segment_runs
    qualify row_number() over (partition by segment order by as_of desc, run_at desc) = 1
    order by segment
"""


def print_summary(settings: Settings) -> None:
    """Print the state of the published copy of the warehouse; says so when there is none yet."""
    if not settings.published_path.exists():
        out.print("nothing has been published yet: `heddle run` first")
        return
    with open_warehouse(readers_copy(settings), read_only=True) as wh:
        _print("Raw tables", ["table", "files", "rows", "rejects"], _rows(wh, "raw", "raw_files", SOURCES))
        _print_people(wh)
        rows = _rows(wh, "segments", "segment_runs", SEGMENTS)
        _print("\nSegments", ["segment", "members", "entered", "left", "guard", "why"], rows)
        _print_syncs(list(_sync_rows(wh)))
    _print_where_to_look(settings)


def _print(title: str, columns: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """A table that has rows: of a project without segments or syncs nothing is shown."""
    body = list(rows)
    if body:
        out.print(table(title, columns, body))


def readers_copy(settings: Settings) -> Settings:
    """The settings with the published copy as the warehouse."""
    return settings.model_copy(update={"warehouse_path": settings.published_path})


SYNC_COLUMNS = [
    "sync",
    "status",
    "delivered",
    "accepted",
    "rejected",
    "unknown",
    "suppressed",
    "invalid",
    "last instant",
]
SYNCS = "select * from activations.sync_summary order by sync"


def _sync_rows(wh: Warehouse) -> Iterator[list[object]]:
    """A copy that an earlier version published may not tell accepted from delivered yet."""
    if "sync_summary" in wh.tables("activations"):
        for row in wh.query(SYNCS).to_pylist():
            yield [*(row.get(name, "") for name in SYNC_COLUMNS[:-1]), f"{row['as_of']:%Y-%m-%d %H:%M}"]


def _print_syncs(rows: Sequence[Sequence[object]]) -> None:
    """Where the terminal is too narrow, without the counts that are nought everywhere, and without the instant."""
    columns = list(range(len(SYNC_COLUMNS)))
    made = table("\nSyncs", SYNC_COLUMNS, rows)
    if out.measure(made, options=out.options.update(max_width=10_000)).maximum > out.width:
        columns = [i for i in columns[:-1] if any(row[i] for row in rows)]
    _print("\nSyncs", [SYNC_COLUMNS[i] for i in columns], [[row[i] for i in columns] for row in rows])


def _rows(wh: Warehouse, schema: str, name: str, sql: str) -> Iterator[list[object]]:
    if name in wh.tables(schema):
        yield from (list(row.values()) for row in wh.query(sql).to_pylist())


def _print_people(wh: Warehouse) -> None:
    for people, known, buyers, revenue in _rows(wh, "profiles", "profiles", PEOPLE):
        out.print(f"\n[bold]People[/bold]  {people:,} profiles, {known:,} known, {buyers:,} buyers, "
                  f"{revenue or 0:,.2f} in purchases")  # fmt: skip


def _print_where_to_look(settings: Settings) -> None:
    out.print("")
    if settings.outbox.exists():
        out.print(f"Delivered: {settings.outbox} (mail/, files, webhook/, vendors/)")
    if (settings.outbox / "vendors").exists():
        shows = "http://127.0.0.1:8030 shows what Meta, Google, Klaviyo, Twilio hold"
        out.print(f"Vendors:   `{_command(settings)} sandbox`, then {shows}")
    out.print(f"Warehouse: {settings.published_path} (the readers' copy)")
    out.print("Dagster:   `make dev`, then http://127.0.0.1:3000")


def _command(settings: Settings) -> str:
    """How a person who stands in the repository calls this program."""
    installed = Path(sys.executable).with_name("heddle")
    return str(installed.relative_to(settings.root)) if installed.is_relative_to(settings.root) else "heddle"
