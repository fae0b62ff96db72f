"""The SQL of one segment, ready to be pasted into a warehouse console."""

from datetime import UTC, datetime

from heddle.errors import SegmentError
from heddle.segments.compiler import DIALECTS, Clock, compile_segment, sql_text
from heddle.segments.fault import did_you_mean
from heddle.segments.workspace import SegmentFile, catalog_of, read_workspace
from heddle.settings import Settings


def compiled_sql(settings: Settings, name: str, dialect: str = "duckdb", as_of: datetime | None = None) -> str:
    """Runs as it stands on the named dialect, evaluated at `as_of` (naive UTC; default: the settings', else the
    present minute). Raises SegmentError for an unknown segment or dialect and for a file with faults."""
    if dialect not in DIALECTS:
        raise SegmentError(f"unknown dialect {dialect}", hint=f"known: {', '.join(DIALECTS)}")
    catalog = catalog_of(settings)
    source = find_segment(read_workspace(settings, catalog), name)
    if source.segment is None:
        raise SegmentError(f"the segment {name} has faults", where=source.file, hint=_errors(source))
    moment = as_of or settings.as_of or datetime.now(UTC).replace(second=0, microsecond=0, tzinfo=None)
    return sql_text(compile_segment(source.segment, catalog, Clock.at(moment, settings.time_zone)), dialect)


def find_segment(files: tuple[SegmentFile, ...], name: str) -> SegmentFile:
    """The file of a segment by name. Raises SegmentError with the closest names."""
    for source in files:
        if source.name == name:
            return source
    hint = did_you_mean(name, [source.name for source in files]) or "see segments_yaml/ of the enabled sources"
    raise SegmentError(f"unknown segment {name}", hint=hint)


def _errors(source: SegmentFile) -> str:
    return "\n  ".join(str(fault) for fault in source.faults if fault.severity == "error")
