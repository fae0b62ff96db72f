"""What a segment means, in words."""

from dataclasses import dataclass

from heddle.segments.catalog import Catalog
from heddle.segments.compiler import payload_columns
from heddle.segments.describe import describe
from heddle.segments.fault import Fault
from heddle.segments.lookup import sound
from heddle.segments.workspace import SegmentFile


@dataclass(frozen=True)
class Definition:
    """`words` has one line per rule; `kept` are the columns stored beside each member."""

    name: str
    title: str
    owner: str | None
    file: str
    words: tuple[str, ...]
    kept: tuple[str, ...]
    refresh: str
    warnings: tuple[Fault, ...]


def definition(source: SegmentFile, catalog: Catalog) -> Definition:
    """Raises SegmentError for a file with faults."""
    segment = sound(source)
    return Definition(
        name=source.name,
        title=segment.title,
        owner=segment.owner,
        file=source.file,
        words=tuple(describe(segment, catalog).splitlines()),
        kept=tuple(payload_columns(segment, catalog)),
        refresh=segment.refresh.words,
        warnings=tuple(fault for fault in source.faults if fault.severity == "warning"),
    )
