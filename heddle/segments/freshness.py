"""A segment is as fresh as the slowest one that it reads: a trigger that reads a daily segment is a day behind."""

from collections.abc import Mapping

from heddle.segments.advice import nested_words
from heddle.segments.fault import Finding
from heddle.segments.segment import Segment

_SLOWER = ("refresh_15m", "refresh_hourly", "refresh_daily")


def check_freshness(segments: Mapping[str, Segment]) -> dict[str, list[Finding]]:
    """Warnings by segment name."""
    return {name: _findings(segment, segments) for name, segment in segments.items()}


def _findings(segment: Segment, segments: Mapping[str, Segment]) -> list[Finding]:
    found = []
    for path, word in nested_words(segment):
        read = segments.get(word)
        if read is not None and _SLOWER.index(read.refresh.tag) > _SLOWER.index(segment.refresh.tag):
            what = f"`{word}` is refreshed {read.refresh.words}, slower than this segment ({segment.refresh.words})"
            found.append(Finding(path, what, f"give {word} `refresh: {segment.refresh.words}`", "warning"))
    return found
