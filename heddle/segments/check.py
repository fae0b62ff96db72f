"""`heddle segments check`: every fault of every file at once."""

from collections.abc import Sequence
from pathlib import Path

from heddle.segments.fault import Fault
from heddle.segments.workspace import SegmentFile, catalog_of, read_draft, read_workspace
from heddle.settings import Settings


def check(settings: Settings) -> list[Fault]:
    """Errors and warnings by file, line and column. Raises SegmentError when there is no usable catalog."""
    return sorted(fault for source in checked_files(settings) for fault in source.faults)


def checked_files(settings: Settings, paths: Sequence[Path] = ()) -> tuple[SegmentFile, ...]:
    """The files of the workspace with their faults, or only the named ones, which may lie anywhere. Raises
    SegmentError when there is no usable catalog, or a named file cannot be read."""
    catalog = catalog_of(settings)
    if not paths:
        return read_workspace(settings, catalog)
    return tuple(read_draft(settings, catalog, path) for path in dict.fromkeys(paths))
