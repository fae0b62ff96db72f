"""Where questions about segments are answered: the readers' copy, so that none of them waits for a run or stops one."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

from heddle.errors import SegmentError
from heddle.segments.advice import nested_words
from heddle.segments.catalog import EVENTS_TABLE, PROFILES_TABLE
from heddle.segments.rules import InListRule
from heddle.segments.seed_words import LIST_PREFIX
from heddle.segments.segment import Segment
from heddle.segments.vocabulary import walk
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


def check_stored(wh: Warehouse, segment: Segment, file: str) -> None:
    """Raises SegmentError when the segment reads another one, or an uploaded list, that no run has stored."""
    known = stored_segments(wh)
    missing = sorted({word for _, word in nested_words(segment) if word not in known})
    if missing:
        raise SegmentError(
            f"it reads the members of {', '.join(missing)}, which no run has stored yet",
            where=file,
            hint="merge and run that segment first, or look at its file by itself",
        )
    loaded, named = set(wh.tables("reference")), [rule for _, rule in walk(segment) if isinstance(rule, InListRule)]
    absent = sorted({rule.in_list for rule in named if f"{LIST_PREFIX}{rule.in_list}" not in loaded})
    if absent:
        raise SegmentError(
            f"it reads the list {', '.join(absent)}, which no run has loaded yet",
            where=file,
            hint="`heddle run` loads the files of dbt_project/seeds/lists",
        )


def count_of(wh: Warehouse, sql: str, params: tuple[object, ...] = ()) -> int:
    """The number that a query gives."""
    return int(str(wh.scalar(sql, params) or 0))
