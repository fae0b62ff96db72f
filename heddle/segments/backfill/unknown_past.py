"""Which rules of a segment read what the warehouse keeps for today only."""

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any

from heddle.segments.advice import nested_words
from heddle.segments.catalog import Catalog
from heddle.segments.compiler.scope import floors_of
from heddle.segments.compiler.window import start_of
from heddle.segments.duration import Duration
from heddle.segments.event_rules import DidNotRule, DidRule
from heddle.segments.fault import Finding
from heddle.segments.segment import Segment
from heddle.segments.sequence import SequenceRule
from heddle.segments.vocabulary import positive, walk

_NESTED = frozenset({"in_segment", "not_in_segment", "entered", "left"})
_LOGIC = frozenset({"any_of", "all_of", "none_of"})
_TODAY = {
    "trait": "the trait `{}`: profiles keep the value of today",
    "has": "the records of `{}`: they are kept as they are today",
    "has_no": "the records of `{}`: they are kept as they are today",
    "can_receive": "who can be reached by {}: consents and addresses count as they are today",
    "near": "where people live: profiles keep the address of today",
    "in_list": "an uploaded list as it is today",
}


def unknown_past(
    segment: Segment, catalog: Catalog, first: datetime, now: datetime, known_since: Mapping[str, datetime]
) -> list[Finding]:
    """One warning per rule that cannot be evaluated as of `first`.

    Events are known (within their retention, counted from `now`), splits too; another segment is known from
    `known_since` on, where its history begins.
    """
    floors = floors_of(segment)
    findings = [
        finding for path, rule in walk(segment) for finding in _of_rule(path, rule, catalog, first, now, floors)
    ]
    findings += [
        _finding(path, f"the members of `{name}`, {_since(known_since.get(name))}", f"backfill {name} first")
        for path, name in nested_words(segment)
        if name not in known_since or known_since[name] > _reach(path, segment, first)
    ]
    if not any(rule.verb not in _LOGIC | {"can_receive", "trait"} for _, rule in positive(segment)):
        findings.append(_finding(("who",), "every known profile: those of today", ""))
    if segment.top:
        findings.append(_finding(("top",), _TODAY["trait"].format(segment.top.by), ""))
    return findings


def _of_rule(
    path: tuple[str | int, ...],
    rule: Any,
    catalog: Catalog,
    first: datetime,
    now: datetime,
    floors: Mapping[str, Duration],
) -> Iterator[Finding]:
    if isinstance(rule, DidRule | DidNotRule | SequenceRule):
        for name in sorted(_events(rule, catalog)):
            kept = catalog.events[name].retention
            if kept and first - timedelta(days=_window(rule, floors)) < now - timedelta(days=kept.days):
                yield _finding((*path, rule.verb), f"`{name}`, which is kept for {kept} only", "")
    elif rule.verb not in _LOGIC | _NESTED:
        word = getattr(rule, rule.verb, "")
        what = _TODAY.get(rule.verb, "tables as they are today").format(word if isinstance(word, str) else "")
        yield _finding((*path, rule.verb), what, "")


def _finding(path: tuple[str | int, ...], what: str, hint: str) -> Finding:
    return Finding(path, f"reads {what}", hint, "warning")


def _since(known: datetime | None) -> str:
    return f"known since {known:%Y-%m-%d %H:%M}" if known else "which has no history"


def _events(rule: DidRule | DidNotRule | SequenceRule, catalog: Catalog) -> set[str]:
    words = [step.event for step in rule.sequence] if isinstance(rule, SequenceRule) else [rule.event, rule.since or ""]
    return {name for word in words for name in catalog.event_names(word)}


def _window(rule: DidRule | DidNotRule | SequenceRule, floors: Mapping[str, Duration]) -> float:
    """How many days back the rule looks; 0 for as far as anybody remembers, which is no further at any instant."""
    if isinstance(rule, SequenceRule):
        window = rule.within_last
    else:
        window = floors.get(rule.since) if rule.since else start_of(rule)
    return window.days if window else 0.0


def _reach(path: tuple[str | int, ...], segment: Segment, first: datetime) -> datetime:
    """`entered: {in_last: 30 days}` asks for the 30 days before, too."""
    rules = dict(walk(segment))
    rule: Any = next((rules[path[:cut]] for cut in range(len(path), 0, -1) if path[:cut] in rules), None)
    passage = getattr(rule, rule.verb, None) if rule is not None and rule.verb in ("entered", "left") else None
    return first - timedelta(days=passage.in_last.days) if passage is not None else first
