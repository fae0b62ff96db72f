"""Where questions about segments are answered: the readers' copy, so that none of them waits for a run or stops one."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

from heddle.errors import SegmentError
from heddle.segments.catalog import EVENTS_TABLE, PROFILES_TABLE
from heddle.settings import Settings
from heddle.warehouse import Warehouse, open_warehouse


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
    columns = ("segment_", {"segment_memberships", "segment_changes", "segment_runs"})
    return {name.removeprefix(columns[0]) for name in wh.tables("segments") if _is_segment(name, *columns)}


def _is_segment(table: str, prefix: str, others: set[str]) -> bool:
    return table.startswith(prefix) and table not in others


def count_of(wh: Warehouse, sql: str, params: tuple[object, ...] = ()) -> int:
    """The number that a query gives."""
    return int(str(wh.scalar(sql, params) or 0))
