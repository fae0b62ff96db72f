"""Warnings: rules that are legal and probably not what the person meant."""

from collections.abc import Iterator

from heddle.segments.catalog import Catalog
from heddle.segments.event_rules import DidNotRule, DidRule
from heddle.segments.fault import Finding
from heddle.segments.rules import HasNoRule, InSegmentRule, NotInSegmentRule
from heddle.segments.segment import EVERYONE, Segment
from heddle.segments.vocabulary import positive, walk

_NEGATIVE = (DidNotRule, HasNoRule, NotInSegmentRule)


def advise(segment: Segment, catalog: Catalog) -> list[Finding]:
    """Warnings of one segment that has no faults."""
    return [
        *_only_negative(segment),
        *_longer_than_retention(segment, catalog),
        *_trigger_without_end(segment),
    ]


def _only_negative(segment: Segment) -> Iterator[Finding]:
    found = [rule.verb for _, rule in positive(segment) if rule.verb not in ("any_of", "all_of", "can_receive")]
    for path, rule in walk(segment):
        if isinstance(rule, _NEGATIVE) and not found:
            what = f"`{rule.verb}` has no positive rule beside it, so it runs over every known profile"
            yield Finding(path, what, "add what these people did, e.g. `did: any_activity`", "warning")
            return


def _longer_than_retention(segment: Segment, catalog: Catalog) -> Iterator[Finding]:
    for path, rule in walk(segment):
        if not isinstance(rule, DidNotRule):
            continue
        regularly = rule.regularly.back(rule.regularly.at_least.periods) if rule.regularly else None
        asked, key = (rule.within_last, "within_last") if rule.within_last else (regularly, "regularly")
        if asked is None:
            continue
        for name in catalog.event_names(rule.event):
            kept = catalog.events[name].retention
            if kept and asked.days > kept.days:
                what = f"`{name}` is kept for {kept} only, `did_not` asks for {asked}"
                yield Finding((*path, key), what, "", "warning")


def _trigger_without_end(segment: Segment) -> Iterator[Finding]:
    """A segment refreshed within the day is one that triggers read: without an end it never empties."""
    if segment.refresh.tag == "refresh_daily":
        return
    for path, rule in walk(segment):
        if isinstance(rule, DidRule) and rule.last_time and rule.last_time.newer_than is None:
            what = "`last_time` without `newer_than` in a segment for triggers: old cases never leave"
            yield Finding((*path, "last_time"), what, "add e.g. `newer_than: 24 hours`", "warning")


def nested_words(segment: Segment) -> Iterator[tuple[tuple[str | int, ...], str]]:
    """Every segment that this one reads, with the path of the word."""
    for path, rule in walk(segment):
        if isinstance(rule, InSegmentRule | NotInSegmentRule):
            yield (*path, rule.verb), str(getattr(rule, rule.verb))
        elif rule.verb in ("entered", "left"):
            yield (*path, rule.verb, "segment"), str(getattr(rule, rule.verb).segment)
    if segment.top and segment.top.of not in (None, EVERYONE):
        yield ("top", "of"), str(segment.top.of)
    for index, name in enumerate(segment.exclude):
        yield ("exclude", index), name
