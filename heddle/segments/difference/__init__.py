"""What a change of segment files would do to the audiences, before it is merged."""

from heddle.segments.difference.compare import Comparison, compare
from heddle.segments.difference.difference import Difference

__all__ = ["Comparison", "Difference", "compare"]
