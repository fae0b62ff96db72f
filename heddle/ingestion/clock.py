"""The instant a run stands for: given, declared by the data, or now."""

from collections.abc import Sequence
from datetime import UTC, datetime

from heddle.errors import SourceError
from heddle.ingestion.load_spec import FileLoad
from heddle.ingestion.raw_table import RawTable
from heddle.settings import Settings, naive_utc


def resolve_as_of(settings: Settings, tables: Sequence[RawTable]) -> datetime:
    """Naive UTC: HEDDLE_AS_OF; else the latest declared clock when every source of files has one (replayed
    data); else now, in whole seconds. Raises SourceError for a clock that cannot be read."""
    if settings.as_of is not None:
        return settings.as_of
    clocks = {(table.source, table.clock): table for table in tables if isinstance(table.load, FileLoad)}
    if clocks and all(table.clock for table in clocks.values()):
        return max(_instant(settings, table) for table in clocks.values())
    return datetime.now(UTC).replace(microsecond=0, tzinfo=None)


def _instant(settings: Settings, table: RawTable) -> datetime:
    declared = table.clock or ""
    text = declared
    if declared.startswith("file:"):
        path = settings.data / declared.removeprefix("file:")
        try:
            text = path.read_text(encoding="utf-8").strip()
        except (OSError, UnicodeDecodeError):
            raise SourceError(
                f"the clock of source {table.source} cannot be read: {path}",
                table.location,
                "make the data (for the demo company: `heddle demo generate`), or give --as-of",
            ) from None
    try:
        return naive_utc(datetime.fromisoformat(text))
    except ValueError:
        raise SourceError(
            f"the clock of source {table.source} is not an ISO-8601 instant",
            table.location,
            "for example 2026-06-15T04:30:00Z",
        ) from None
