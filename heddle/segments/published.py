"""Where questions about segments are answered: the readers' copy, so that none of them waits for a run or stops one."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

from sqlglot import exp

from heddle.errors import SegmentError
from heddle.segments.catalog import EVENTS_TABLE, PROFILES_TABLE
from heddle.segments.workspace import RESERVED
from heddle.settings import Settings
from heddle.warehouse import Warehouse, identifier, open_warehouse

_PREFIX = "segment_"


@contextmanager
def open_published(settings: Settings) -> Iterator[Warehouse]:
    """The published copy, read-only. Raises WarehouseError when there is none, SegmentError when it has no profiles."""
    copy = settings.model_copy(update={"warehouse_path": settings.published_path})
    with open_warehouse(copy, read_only=True) as wh:
        missing = sorted({PROFILES_TABLE, EVENTS_TABLE} - set(wh.tables("profiles")))
        if missing:
            raise SegmentError(
                f"the published warehouse has no {' and no '.join(missing)}",
                where=str(settings.published_path),
                hint="run `heddle run` first: it builds the profiles and publishes them",
            )
        yield wh


def instant_of(wh: Warehouse, settings: Settings) -> datetime:
    """Naive UTC: what was asked for, else the instant of the published run, else the present minute."""
    if settings.as_of is not None:
        return settings.as_of
    found = wh.scalar("select max(as_of) from heddle.clock") if "clock" in wh.tables("heddle") else None
    return found if isinstance(found, datetime) else datetime.now(UTC).replace(second=0, microsecond=0, tzinfo=None)


def stored_segments(wh: Warehouse) -> set[str]:
    """The names of the segments whose membership is stored."""
    named = [table for table in wh.tables("segments") if table.startswith(_PREFIX)]
    return {table.removeprefix(_PREFIX) for table in named} - RESERVED


def members_stored(wh: Warehouse, name: str) -> int | None:
    """The members that the last run left in a segment, None before the first."""
    if name not in stored_segments(wh):
        return None
    return count_of(wh, f"select count(*) from segments.{identifier(_PREFIX + name)} where left_at is null")


def check_built(wh: Warehouse, query: exp.Query, file: str) -> None:
    """Raises SegmentError when a compiled segment reads what the published run has not built: another segment,
    an uploaded list, a table that is new in the catalog."""
    read = {(table.db, table.name) for table in query.find_all(exp.Table) if table.db}
    there = {schema: set(wh.tables(schema)) for schema, _ in read}
    missing = sorted((schema, name) for schema, name in read if name not in there[schema])
    members = [name.removeprefix(_PREFIX) for schema, name in missing if schema == "segments"]
    if members:
        raise SegmentError(
            f"it reads the members of {', '.join(members)}, which no run has stored yet",
            where=file,
            hint="merge and run that segment first, or look at its file by itself",
        )
    if missing:
        raise SegmentError(
            f"it reads {', '.join(f'{schema}.{name}' for schema, name in missing)}, which no run has built yet",
            where=file,
            hint="`heddle run` builds what is new in the catalog, and loads new lists",
        )


def count_of(wh: Warehouse, sql: str, params: tuple[object, ...] = ()) -> int:
    """The number that a query gives."""
    return int(str(wh.scalar(sql, params) or 0))
