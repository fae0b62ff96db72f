"""Which rules of a segment read what the warehouse keeps for today only."""

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any

from heddle.segments.advice import nested_words
from heddle.segments.catalog import Catalog
from heddle.segments.fault import Finding
from heddle.segments.segment import Segment
from heddle.segments.vocabulary import positive, walk

_FROM_EVENTS = frozenset({"did", "did_not", "sequence", "favourite", "regularly"})
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
    findings = [finding for path, rule in walk(segment) for finding in _of_rule(path, rule, catalog, first, now)]
    findings += [
        _finding(path, f"the members of `{name}`, {_since(known_since.get(name))}", f"backfill {name} first")
        for path, name in nested_words(segment)
        if name not in known_since or known_since[name] > _reach(path, segment, first)
    ]
    if not any(rule.verb not in _LOGIC | {"can_receive", "trait"} for _, rule in positive(segment)):
        findings.append(_finding(("who",), "every known profile: those of today", ""))
    if getattr(segment, "sql", None):
        findings.append(_finding(("sql",), "tables as they are today", ""))
    if segment.top:
        findings.append(_finding(("top",), _TODAY["trait"].format(segment.top.by), ""))
    return findings


def _of_rule(
    path: tuple[str | int, ...], rule: Any, catalog: Catalog, first: datetime, now: datetime
) -> Iterator[Finding]:
    if rule.verb in _FROM_EVENTS:
        for name in _events(rule, catalog):
            kept = catalog.events[name].retention
            if kept and first - timedelta(days=_window(rule)) < now - timedelta(days=kept.days):
                yield _finding((*path, rule.verb), f"`{name}`, which is kept for {kept} only", "")
    elif rule.verb not in _LOGIC | _NESTED:
        word = getattr(rule, rule.verb, "")
        what = _TODAY.get(rule.verb, "tables as they are today").format(word if isinstance(word, str) else "")
        yield _finding((*path, rule.verb), what, "")


def _finding(path: tuple[str | int, ...], what: str, hint: str) -> Finding:
    return Finding(path, f"reads {what}", hint, "warning")


def _since(known: datetime | None) -> str:
    return f"known since {known:%Y-%m-%d %H:%M}" if known else "which has no history"


def _events(rule: Any, catalog: Catalog) -> set[str]:
    words = [getattr(rule, name, None) for name in ("did", "did_not", "since", "event")]
    return {name for word in words if isinstance(word, str) for name in catalog.event_names(word)}


def _window(rule: Any) -> float:
    within = getattr(rule, "within_last", None)
    return within.days if within else 0.0


def _reach(path: tuple[str | int, ...], segment: Segment, first: datetime) -> datetime:
    """`entered: {in_last: 30 days}` asks for the 30 days before, too."""
    rules = dict(walk(segment))
    rule: Any = next((rules[path[:cut]] for cut in range(len(path), 0, -1) if path[:cut] in rules), None)
    passage = getattr(rule, rule.verb, None) if rule is not None and rule.verb in ("entered", "left") else None
    return first - timedelta(days=passage.in_last.days) if passage is not None else first
