"""The SQL of one segment, ready to be pasted into a warehouse console."""

from datetime import UTC, datetime

from heddle.errors import SegmentError
from heddle.segments.compiler import DIALECTS, Clock, compile_segment, sql_text
from heddle.segments.lookup import look_up, sound
from heddle.segments.workspace import catalog_of
from heddle.settings import Settings


def compiled_sql(settings: Settings, name: str, dialect: str = "duckdb", as_of: datetime | None = None) -> str:
    """Runs as it stands on the named dialect, evaluated at `as_of` (naive UTC; default: the settings', else the
    present minute). `name` may be the path of a file. Raises SegmentError for an unknown segment or dialect and for
    a file with faults."""
    if dialect not in DIALECTS:
        raise SegmentError(f"unknown dialect {dialect}", hint=f"known: {', '.join(DIALECTS)}")
    catalog = catalog_of(settings)
    segment = sound(look_up(settings, catalog, name))
    moment = as_of or settings.as_of or datetime.now(UTC).replace(second=0, microsecond=0, tzinfo=None)
    return sql_text(compile_segment(segment, catalog, Clock.at(moment, settings.time_zone)), dialect)
