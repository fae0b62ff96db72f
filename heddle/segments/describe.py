"""A segment in plain words: what the Dagster asset, the dbt docs and a pull request show."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from heddle.segments.catalog import Catalog
from heddle.segments.duration import Duration
from heddle.segments.event_rules import DidNotRule, DidRule, EventRule, Moments
from heddle.segments.operators import Operators
from heddle.segments.rules import (
    CanReceiveRule,
    EnteredRule,
    HasNoRule,
    HasRule,
    LeftRule,
    RelationRule,
    TraitRule,
    inner_rules,
)
from heddle.segments.segment import Segment
from heddle.segments.sequence import SequenceRule, Step

_OPERATORS = {
    "is": "is",
    "is_not": "is not",
    "one_of": "is one of",
    "not_one_of": "is none of",
    "above": "is above",
    "at_least": "is at least",
    "below": "is below",
    "at_most": "is at most",
    "between": "is between",
    "contains": "contains",
    "starts_with": "starts with",
    "ends_with": "ends with",
    "matches": "matches",
    "includes_any": "includes any of",
    "includes_all": "includes all of",
    "size": "has a number of values",
    "in_last": "is in the last",
    "in_next": "is in the next",
    "older_than": "is older than",
    "further_than": "is further away than",
    "on": "is on",
    "before": "is before",
    "after": "is after",
    "anniversary_in": "has its anniversary in",
    "anniversary_month": "has its anniversary in the month:",
    "exactly": "is",
}
_GROUPS = {"any_of": "at least one of", "all_of": "all of", "none_of": "none of"}


def describe(segment: Segment, catalog: Catalog | None = None) -> str:
    """Lines of plain words; with a catalog, the titles that the data team gave to events and traits."""
    person = f"People (one entry per {_spaced(segment.per)})" if segment.per else "People"
    lines = [f"{segment.title}. {person} for whom all of this is true:"]
    lines += [line for rule in segment.rules for line in _rule(rule, catalog, 0)]
    if segment.exclude:
        lines.append(f"- not in {_list(segment.exclude)}")
    return "\n".join([*lines, *_size(segment), f"Refreshed {segment.refresh.words}."])


def _rule(rule: Any, catalog: Catalog | None, depth: int) -> list[str]:
    indent = "  " * depth
    inner = inner_rules(rule)
    if inner:
        lines = [line for one in inner for line in _rule(one, catalog, depth + 1)]
        return [f"{indent}- {_GROUPS[rule.verb]}:", *lines]
    return [f"{indent}- {_words(rule, catalog)}"]


def _words(rule: Any, catalog: Catalog | None) -> str:
    match rule:
        case TraitRule():
            return f"{_trait_title(rule.trait, catalog)} {_conditions(rule)}"
        case DidRule():
            return f"did: {_event(rule, catalog)}"
        case DidNotRule():
            return f"did not: {_event(rule, catalog)}"
        case SequenceRule():
            return _sequence(rule, catalog)
        case HasRule() | HasNoRule():
            return f"has {'a' if isinstance(rule, HasRule) else 'no'} {_relation(rule)}"
        case CanReceiveRule():
            return f"can receive {rule.purpose} by {rule.can_receive}"
        case EnteredRule() | LeftRule():
            passage = getattr(rule, rule.verb)
            return f"{rule.verb} {passage.segment} in the last {passage.in_last}"
    return f"{_spaced(rule.verb)} {getattr(rule, rule.verb)}"


def _event(rule: EventRule, catalog: Catalog | None) -> str:
    parts = [
        _event_title(rule.event, catalog),
        _where(rule.where),
        *_events_that_remain(rule),
        _window(rule, catalog),
    ]
    return ", ".join(part for part in parts if part)


def _events_that_remain(rule: EventRule) -> list[str]:
    parts = [f"{_comparisons(rule.count.comparisons())} times"] if rule.count else []
    for name, aggregate in rule.aggregates().items():
        parts.append(f"{name} of {_spaced(aggregate.of)} {_comparisons(aggregate.comparisons())}")
    if rule.distinct:
        parts.append(f"{_comparisons(rule.distinct.comparisons())} different {_spaced(rule.distinct.of)}")
    if rule.first_time:
        parts.append(f"the first time {_moments(rule.first_time)}")
    if rule.last_time:
        parts.append(f"the last time {_moments(rule.last_time)}")
    if rule.last_where:
        parts.append(f"the last one {_where(rule.last_where)}")
    if rule.favourite:
        parts.append(f"most often with {_spaced(rule.favourite.of)} {_conditions(rule.favourite.operators)}")
    if rule.regularly:
        parts.append(f"in at least {rule.regularly.at_least} {rule.regularly.every}s up to now")
    return parts


def _sequence(rule: SequenceRule, catalog: Catalog | None) -> str:
    steps = "; ".join(_step(step, catalog) for step in rule.sequence)
    same = f"; all with the same {_spaced(rule.same)}" if rule.same else ""
    return f"in this order: {steps}{same}{f'; in the last {rule.within_last}' if rule.within_last else ''}"


def _step(step: Step, catalog: Catalog | None) -> str:
    start = {"did": "", "then": "then ", "then_not": "then not "}[step.word]
    limit = f"within {step.within}: " if step.within else ""
    where = _where(step.where)
    return f"{start}{limit}{_event_title(step.event, catalog)}{f', {where}' if where else ''}"


def _moments(moments: Moments) -> str:
    parts = [f"at least {moments.older_than} ago"] if moments.older_than else []
    return " and ".join(parts + ([f"less than {moments.newer_than} ago"] if moments.newer_than else []))


def _window(rule: EventRule, catalog: Catalog | None) -> str:
    if rule.within_last:
        return f"in the last {rule.within_last}"
    if rule.between:
        return f"between {rule.between[0]} and {rule.between[1]}"
    return f"since the last: {_event_title(rule.since, catalog)}" if rule.since else ""


def _relation(rule: RelationRule) -> str:
    count = f", {_comparisons(rule.count.comparisons())} of them" if rule.count else ""
    where = _where(rule.where)
    return f"{_spaced(rule.relation)}{f', {where}' if where else ''}{count}"


def _where(where: Mapping[str, Operators]) -> str:
    parts = [f"{_spaced(name)} {_conditions(operators)}" for name, operators in where.items()]
    return f"where {' and '.join(parts)}" if parts else ""


def _conditions(operators: Operators) -> str:
    return " and ".join(_condition(name, value) for name, value in operators.conditions().items())


def _condition(name: str, value: Any) -> str:
    if name == "is_set":
        return "is known" if value else "is not known"
    if name == "size":
        return f"has {_comparisons(value.comparisons())} values"
    return f"{_OPERATORS[name]} {_value(value)}"


def _comparisons(comparisons: Mapping[str, Any]) -> str:
    return " and ".join(f"{_spaced(name)} {_value(value)}" for name, value in comparisons.items())


def _value(value: Any) -> str:
    match value:
        case bool():
            return "yes" if value else "no"
        case tuple():
            return _list(value)
        case Duration() | date() | int() | float():
            return str(value)
    return str(value) if str(value).replace("_", "").isalnum() else f'"{value}"'


def _list(values: tuple[Any, ...]) -> str:
    words = [_value(value) for value in values]
    return " and ".join([", ".join(words[:-1]), words[-1]] if len(words) > 1 else words)


def _size(segment: Segment) -> list[str]:
    lines = []
    if segment.top:
        amount = segment.top.n if segment.top.n is not None else f"{segment.top.percent:g} %"
        lines.append(f"Of them the top {amount} by {_spaced(segment.top.by)}.")
    if segment.sample:
        lines.append(f"Of them a random {segment.sample.percent:g} % (salt {segment.sample.salt}).")
    if segment.holdout:
        lines.append(f"A random {segment.holdout.percent:g} % is held out (salt {segment.holdout.salt}).")
    if segment.volume_guard:
        limits = [(key, value) for key, value in segment.volume_guard if value is not None]
        lines.append(f"Guarded: {', '.join(f'{_spaced(key)} {value:g}' for key, value in limits)}.")
    return lines


def _event_title(word: str, catalog: Catalog | None) -> str:
    event = catalog.events.get(word) if catalog else None
    return event.title[:1].lower() + event.title[1:] if event and event.title else _spaced(word)


def _trait_title(word: str, catalog: Catalog | None) -> str:
    trait = catalog.traits.get(word) if catalog else None
    return trait.title if trait and trait.title else _spaced(word)


def _spaced(word: str | None) -> str:
    return (word or "").replace("_", " ")


def rule_words(rule: Any, catalog: Catalog | None = None) -> str:
    """One rule in plain words; a group has one line per rule inside."""
    lines = _rule(rule, catalog, 0)
    return "\n".join([lines[0].removeprefix("- "), *lines[1:]])
