"""What a person names on the command line: a segment of the workspace, or a file that nobody has merged yet."""

from collections.abc import Sequence
from pathlib import Path

from heddle.errors import SegmentError
from heddle.segments.catalog import Catalog
from heddle.segments.fault import did_you_mean
from heddle.segments.segment import Segment
from heddle.segments.workspace import SegmentFile, read_draft, read_workspace
from heddle.settings import Settings


def look_up(settings: Settings, catalog: Catalog, word: str) -> SegmentFile:
    """The file behind NAME or PATH. Raises SegmentError with the closest names."""
    if "/" in word or word.endswith((".yml", ".yaml")):
        return read_draft(settings, catalog, Path(word))
    return find_segment(read_workspace(settings, catalog), word)


def find_segment(files: Sequence[SegmentFile], name: str) -> SegmentFile:
    """The file of a segment by name. Raises SegmentError with the closest names."""
    for source in files:
        if source.name == name:
            return source
    hint = did_you_mean(name, [source.name for source in files]) or "`heddle segments list` shows those there are"
    raise SegmentError(f"unknown segment {name}", hint=hint)


def sound(source: SegmentFile) -> Segment:
    """The segment of a file without errors. Raises SegmentError that lists them all."""
    if source.segment is None:
        faults = "\n  ".join(str(fault) for fault in source.faults if fault.severity == "error")
        raise SegmentError(f"the segment {source.name} has faults", where=source.file, hint=faults)
    return source.segment
