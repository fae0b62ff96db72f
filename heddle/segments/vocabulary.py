"""Does every word of a segment exist in the catalog, and does every condition fit its type?"""

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

from heddle.segments.catalog import Catalog, Field
from heddle.segments.fault import Finding, Path, did_you_mean, shown
from heddle.segments.operators import BY_TYPE, EQUALITY, Operators
from heddle.segments.rules import (
    CanReceiveRule,
    DidNotRule,
    DidRule,
    EventRule,
    HasNoRule,
    HasRule,
    RelationRule,
    TraitRule,
    inner_rules,
)
from heddle.segments.segment import Segment
from heddle.segments.values import Strict

_EXAMPLES = {
    "text": "a text",
    "number": "a number",
    "boolean": "yes or no",
    "date": "a day such as 2026-03-08",
    "datetime": "a day such as 2026-03-08",
    "list": "a list",
}


def check_words(segment: Segment, catalog: Catalog) -> list[Finding]:
    """Every unknown word and every condition that its type does not understand."""
    findings = [found for path, rule in walk(segment) for found in _rule(rule, path, catalog)]
    findings += _member_key(segment, catalog)
    if segment.top:
        findings += _top(segment.top.by, catalog)
    return findings


def walk(segment: Segment) -> Iterator[tuple[Path, Any]]:
    """Every rule with its path, groups before what they hold."""
    pending: list[tuple[Path, Any]] = [(("who", i), rule) for i, rule in enumerate(segment.rules)]
    while pending:
        path, rule = pending.pop(0)
        yield path, rule
        pending += [((*path, rule.verb, i), inner) for i, inner in enumerate(inner_rules(rule))]


def _rule(rule: Strict, path: Path, catalog: Catalog) -> Iterator[Finding]:
    match rule:
        case TraitRule():
            yield from _trait(rule, path, catalog)
        case DidRule() | DidNotRule():
            yield from _event(rule, (*path, rule.verb), path, catalog)
        case HasRule() | HasNoRule():
            yield from _relation(rule, (*path, rule.verb), path, catalog)
        case CanReceiveRule():
            yield from _one_of(rule.can_receive, catalog.channels, (*path, "can_receive"), "channel")
            yield from _one_of(rule.purpose, catalog.purposes, (*path, "for"), "purpose")


def _one_of(word: str, known: tuple[str, ...], path: Path, kind: str) -> Iterator[Finding]:
    if word not in known:
        yield Finding(path, f"unknown {kind} {shown(word)}", did_you_mean(word, known))


def _trait(rule: TraitRule, path: Path, catalog: Catalog) -> Iterator[Finding]:
    trait = catalog.traits.get(rule.trait)
    if trait is None:
        yield Finding((*path, "trait"), f"unknown trait {shown(rule.trait)}", _trait_hint(rule.trait, catalog))
    else:
        yield from _operators(rule, trait, path)


def _trait_hint(word: str, catalog: Catalog) -> str:
    words = catalog.trait_words()
    meant = words.get(word.lower())
    return f"did you mean {meant}?" if meant else did_you_mean(word, catalog.traits)


def _event(rule: EventRule, word_path: Path, path: Path, catalog: Catalog) -> Iterator[Finding]:
    yield from _event_word(rule.event, word_path, catalog)
    if rule.since is not None:
        yield from _event_word(rule.since, (*path, "since"), catalog)
    if not catalog.event_names(rule.event):
        return
    fields = catalog.event_fields(rule.event)
    yield from _where(rule.where, fields, (*path, "where"), rule.event)
    for key, aggregate in rule.aggregates().items():
        yield from _aggregate(key, aggregate.of, fields, (*path, key, "of"), rule.event)
    if rule.distinct and rule.distinct.of not in fields:
        yield _unknown_field(rule.distinct.of, fields, (*path, "distinct", "of"), rule.event)


def _event_word(word: str, path: Path, catalog: Catalog) -> Iterator[Finding]:
    if not catalog.event_names(word):
        yield Finding(path, f"unknown event {shown(word)}", did_you_mean(word, catalog.event_words()))


def _aggregate(key: str, of: str, fields: Mapping[str, Field], path: Path, owner: str) -> Iterator[Finding]:
    if of not in fields:
        yield _unknown_field(of, fields, path, owner)
    elif fields[of].type != "number":
        numbers = [name for name, field in fields.items() if field.type == "number"]
        hint = f"number fields: {', '.join(numbers)}" if numbers else f"{owner} has no number field"
        yield Finding(path, f"`{key}` of `{of}`, which is {fields[of].type} and not a number", hint)


def _relation(rule: RelationRule, word_path: Path, path: Path, catalog: Catalog) -> Iterator[Finding]:
    relation = catalog.relations.get(rule.relation)
    if relation is None:
        hint = did_you_mean(rule.relation, catalog.relations)
        yield Finding(word_path, f"unknown relation {shown(rule.relation)}", hint)
    else:
        yield from _where(rule.where, relation.fields, (*path, "where"), rule.relation)


def _where(where: Mapping[str, Operators], fields: Mapping[str, Field], path: Path, owner: str) -> Iterator[Finding]:
    for name, operators in where.items():
        if name in fields:
            yield from _operators(operators, fields[name], (*path, name))
        else:
            yield _unknown_field(name, fields, (*path, name), owner)


def _unknown_field(word: str, fields: Mapping[str, Field], path: Path, owner: str) -> Finding:
    hint = did_you_mean(word, fields)
    return Finding(path, f"{owner} has no field {shown(word)}", hint, at_key=path[-1] == word)


def _operators(operators: Operators, field: Field, path: Path) -> Iterator[Finding]:
    understood = BY_TYPE[field.type] | {"is_set"}
    for name, value in operators.conditions().items():
        if name not in understood:
            hint = f"{field.type} understands {', '.join(sorted(understood))}"
            yield Finding(
                (*path, name),
                f"`{name}` does not fit `{field.name}`, which is {field.type}",
                hint,
                at_key=True,
            )
        elif name in EQUALITY:
            yield from _values(value, field, (*path, name))
        elif name in ("in_last", "in_next", "older_than", "further_than", "anniversary_in"):
            yield from _whole_days(name, value, field, (*path, name))


def _values(value: Any, field: Field, path: Path) -> Iterator[Finding]:
    for item in value if isinstance(value, tuple) else (value,):
        if not fits(item, field.type):
            hint = "put it in quotes if it is a text" if field.type == "text" else ""
            what = f"`{field.name}` is {field.type} and wants {_EXAMPLES[field.type]}, not {shown(item)}"
            yield Finding(path, what, hint)


def fits(value: object, kind: str) -> bool:
    """Whether an equality with the value makes sense for the type."""
    match kind:
        case "text":
            return isinstance(value, str)
        case "number":
            return isinstance(value, int | float) and not isinstance(value, bool)
        case "boolean":
            return isinstance(value, bool) or str(value).lower() in ("yes", "no")
        case _:
            return isinstance(value, str) and _is_day(value)


def _is_day(text: str) -> bool:
    try:
        return len(text) == 10 and bool(date.fromisoformat(text))
    except ValueError:
        return False


def _whole_days(name: str, duration: Any, field: Field, path: Path) -> Iterator[Finding]:
    if (field.type == "date" or name == "anniversary_in") and not duration.whole_days:
        yield Finding(path, f"`{field.name}` is counted in days: {shown(str(duration))} is too fine")


def _member_key(segment: Segment, catalog: Catalog) -> list[Finding]:
    if segment.per is None:
        return []
    keys = {r.key for r in catalog.relations.values()} | {f for e in catalog.events for f in catalog.event_fields(e)}
    if segment.per not in keys:
        known = {r.key for r in catalog.relations.values()}
        return [Finding(("per",), f"unknown member key {shown(segment.per)}", did_you_mean(segment.per, known))]
    if not any(is_keyed(rule, segment.per, catalog) for _, rule in positive(segment)):
        what = f"no `did` or `has` rule carries `{segment.per}`"
        return [Finding(("per",), what, "`per` needs a rule whose event or relation has that field")]
    return []


def positive(segment: Segment) -> Iterator[tuple[Path, Any]]:
    """The rules that can bring members in: not negated, and not inside none_of."""
    for path, rule in walk(segment):
        if "none_of" not in path and rule.verb not in ("did_not", "has_no", "not_in_segment"):
            yield path, rule


def is_keyed(rule: Strict, per: str | None, catalog: Catalog) -> bool:
    """Whether the members that the rule finds have the segment's member key."""
    match rule:
        case DidRule() | DidNotRule():
            anchor = rule.since is not None and catalog.carries(rule.since, per)
            return anchor or catalog.carries(rule.event, per)
        case HasRule() | HasNoRule():
            relation = catalog.relations.get(rule.relation)
            return per is not None and relation is not None and relation.key == per
    return False


def _top(by: str, catalog: Catalog) -> list[Finding]:
    trait = catalog.traits.get(by)
    if trait is None:
        return [Finding(("top", "by"), f"unknown trait {shown(by)}", _trait_hint(by, catalog))]
    if trait.type != "number":
        return [Finding(("top", "by"), f"`{by}` is {trait.type}: `top` wants a number")]
    return []
