"""Whom a segment would find today, before anybody merges it: read from the published copy, nothing is stored."""

from heddle.segments.preview.funnel import Step
from heddle.segments.preview.overlap import Overlap
from heddle.segments.preview.preview import Preview, preview
from heddle.segments.preview.reach import Reachable

__all__ = ["Overlap", "Preview", "Reachable", "Step", "preview"]
