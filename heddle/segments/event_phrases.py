"""`did`, `did_not` and `sequence` in plain words."""

from heddle.segments.catalog import Catalog
from heddle.segments.event_rules import EventRule, Moments
from heddle.segments.phrases import comparisons, conditions, event_title, spaced, where
from heddle.segments.sequence import SequenceRule, Step


def event_words(rule: EventRule, catalog: Catalog | None) -> str:
    """The event, its filter, what the events that remain must be, and the window."""
    parts = [
        event_title(rule.event, catalog),
        where(rule.where),
        *_events_that_remain(rule),
        _window(rule, catalog),
    ]
    return ", ".join(part for part in parts if part)


def _events_that_remain(rule: EventRule) -> list[str]:
    parts = [f"{comparisons(rule.count.comparisons())} times"] if rule.count else []
    for name, aggregate in rule.aggregates().items():
        parts.append(f"{name} of {spaced(aggregate.of)} {comparisons(aggregate.comparisons())}")
    if rule.distinct:
        parts.append(f"{comparisons(rule.distinct.comparisons())} different {spaced(rule.distinct.of)}")
    if rule.first_time:
        parts.append(f"the first time {_moments(rule.first_time)}")
    if rule.last_time:
        parts.append(f"the last time {_moments(rule.last_time)}")
    if rule.last_where:
        parts.append(f"the last one {where(rule.last_where)}")
    if rule.favourite:
        parts.append(f"most often with {spaced(rule.favourite.of)} {conditions(rule.favourite.operators)}")
    if rule.regularly:
        parts.append(f"in at least {rule.regularly.at_least} {rule.regularly.every}s up to now")
    return parts


def sequence_words(rule: SequenceRule, catalog: Catalog | None) -> str:
    """The steps in their order."""
    steps = "; ".join(_step(step, catalog) for step in rule.sequence)
    same = f"; all with the same {spaced(rule.same)}" if rule.same else ""
    return f"in this order: {steps}{same}{f'; in the last {rule.within_last}' if rule.within_last else ''}"


def _step(step: Step, catalog: Catalog | None) -> str:
    start = {"did": "", "then": "then ", "then_not": "then not "}[step.word]
    limit = f"within {step.within}: " if step.within else ""
    told = where(step.where)
    return f"{start}{limit}{event_title(step.event, catalog)}{f', {told}' if told else ''}"


def _moments(moments: Moments) -> str:
    parts = [f"at least {moments.older_than} ago"] if moments.older_than else []
    return " and ".join(parts + ([f"less than {moments.newer_than} ago"] if moments.newer_than else []))


def _window(rule: EventRule, catalog: Catalog | None) -> str:
    if rule.within_last:
        return f"in the last {rule.within_last}"
    if rule.between:
        return f"between {rule.between[0]} and {rule.between[1]}"
    return f"since the last: {event_title(rule.since, catalog)}" if rule.since else ""
