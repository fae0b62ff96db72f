"""`heddle segments check`: every fault of every file at once."""

from heddle.segments.fault import Fault
from heddle.segments.workspace import catalog_of, read_workspace
from heddle.settings import Settings


def check(settings: Settings) -> list[Fault]:
    """Errors and warnings by file, line and column. Raises SegmentError when there is no usable catalog."""
    return sorted(fault for file in read_workspace(settings, catalog_of(settings)) for fault in file.faults)
