"""A segment in plain words: what the Dagster asset, the dbt docs and a pull request show."""

from collections.abc import Callable
from typing import Any

from heddle.segments.catalog import Catalog
from heddle.segments.event_phrases import event_words, sequence_words
from heddle.segments.event_rules import DidNotRule, DidRule
from heddle.segments.near import Near, NearRule
from heddle.segments.phrases import comparisons, conditions, listed, spaced, trait_title, where
from heddle.segments.raw_sql import SqlRule
from heddle.segments.rules import (
    CanReceiveRule,
    EnteredRule,
    HasNoRule,
    HasRule,
    InListRule,
    LeftRule,
    RelationRule,
    TraitRule,
    inner_rules,
)
from heddle.segments.segment import EVERYONE, Segment
from heddle.segments.sequence import SequenceRule

_GROUPS = {"any_of": "at least one of", "all_of": "all of", "none_of": "none of"}


def describe(segment: Segment, catalog: Catalog | None = None) -> str:
    """Lines of plain words; with a catalog, the titles that the data team gave to events and traits."""
    person = f"People (one entry per {spaced(segment.per)})" if segment.per else "People"
    lines = [f"{segment.title}. {person} for whom all of this is true:"]
    lines += [line for rule in segment.rules for line in _rule(rule, catalog, 0)]
    if segment.exclude:
        lines.append(f"- not in {listed(segment.exclude)}")
    return "\n".join([*lines, *_size(segment), f"Refreshed {segment.refresh.words}."])


def rule_words(rule: Any, catalog: Catalog | None = None) -> str:
    """One rule in plain words; a group has one line per rule inside."""
    lines = _rule(rule, catalog, 0)
    return "\n".join([lines[0].removeprefix("- "), *lines[1:]])


def _rule(rule: Any, catalog: Catalog | None, depth: int) -> list[str]:
    indent = "  " * depth
    inner = inner_rules(rule)
    if inner:
        lines = [line for one in inner for line in _rule(one, catalog, depth + 1)]
        return [f"{indent}- {_GROUPS[rule.verb]}:", *lines]
    return [f"{indent}- {_words(rule, catalog)}"]


def _words(rule: Any, catalog: Catalog | None) -> str:
    told = _VERBS.get(type(rule))
    return told(rule, catalog) if told else f"{spaced(rule.verb)} {getattr(rule, rule.verb)}"


def _trait(rule: TraitRule, catalog: Catalog | None) -> str:
    held = f", and has been so for at least {rule.for_at_least}" if rule.for_at_least else ""
    return f"{trait_title(rule.trait, catalog)} {conditions(rule)}{held}"


def _passage(rule: EnteredRule | LeftRule, _: Catalog | None) -> str:
    passage = getattr(rule, rule.verb)
    return f"{rule.verb} {passage.segment} in the last {passage.in_last}"


def _article(words: str) -> str:
    return f"an {words}" if words[0] in "aeio" else f"a {words}"


def _relation(rule: RelationRule) -> str:
    count = f", {comparisons(rule.count.comparisons())} of them" if rule.count else ""
    told = where(rule.where)
    return f"{spaced(rule.relation)}{f', {told}' if told else ''}{count}"


def _size(segment: Segment) -> list[str]:
    lines = []
    if segment.top:
        amount = segment.top.n if segment.top.n is not None else f"{segment.top.percent:g} %"
        lines.append(f"Of them the top {amount} by {spaced(segment.top.by)}{_among(segment.top.of)}.")
    if segment.sample:
        lines.append(f"Of them a random {segment.sample.percent:g} % (salt {segment.sample.salt}).")
    if segment.holdout:
        lines.append(f"A random {segment.holdout.percent:g} % is held out (salt {segment.holdout.salt}).")
    if segment.volume_guard:
        limits = [(key, value) for key, value in segment.volume_guard if value is not None]
        lines.append(f"Guarded: {', '.join(f'{spaced(key)} {value:g}' for key, value in limits)}.")
    return lines


def _among(of: str | None) -> str:
    if of is None:
        return ""
    return " of everyone" if of == EVERYONE else f" of all in {of}"


def _near(near: Near) -> str:
    country = f" ({near.country.upper()})" if near.country else ""
    place = f"{near.city}{country}" if near.city else f"{near.lat:g} north, {near.lon:g} east"
    return f"lives within {near.within_km:g} km of {place}"


_VERBS: dict[type[Any], Callable[[Any, Catalog | None], str]] = {
    TraitRule: _trait,
    DidRule: lambda rule, catalog: f"did: {event_words(rule, catalog)}",
    DidNotRule: lambda rule, catalog: f"did not: {event_words(rule, catalog)}",
    SequenceRule: sequence_words,
    HasRule: lambda rule, _: f"has {_article(_relation(rule))}",
    HasNoRule: lambda rule, _: f"has no {_relation(rule)}",
    NearRule: lambda rule, _: _near(rule.near),
    InListRule: lambda rule, _: f"is on the list {rule.in_list}",
    SqlRule: lambda _, __: "is found by a query of the data team",
    CanReceiveRule: lambda rule, _: f"can receive {rule.purpose} by {rule.can_receive}",
    EnteredRule: _passage,
    LeftRule: _passage,
}
