"""The history a segment would have, had it run on each day of the past."""

from heddle.segments.backfill.backfill import Backfilled, backfill
from heddle.segments.backfill.days import Day, instants
from heddle.segments.backfill.unknown_past import unknown_past

__all__ = ["Backfilled", "Day", "backfill", "instants", "unknown_past"]
