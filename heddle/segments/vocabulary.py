"""Does every word of a segment exist in the catalog, and does every condition fit its type?"""

from collections.abc import Iterator
from typing import Any

from heddle.segments.catalog import Catalog
from heddle.segments.event_rules import DidNotRule, DidRule
from heddle.segments.event_words import check_event, check_sequence
from heddle.segments.fault import NEW_WORDS, Finding, Path, did_you_mean, shown
from heddle.segments.fit import check_operators, check_where
from heddle.segments.near import NearRule
from heddle.segments.raw_sql import SqlRule
from heddle.segments.rules import (
    CanReceiveRule,
    HasNoRule,
    HasRule,
    InListRule,
    RelationRule,
    TraitRule,
    inner_rules,
)
from heddle.segments.seed_check import check_list, check_near
from heddle.segments.segment import Segment
from heddle.segments.sequence import SequenceRule
from heddle.segments.sql_check import check_sql, gives_member_key
from heddle.segments.values import Strict


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
            yield from check_event(rule, path, catalog)
        case SequenceRule():
            yield from check_sequence(rule, path, catalog)
        case HasRule() | HasNoRule():
            yield from _relation(rule, (*path, rule.verb), path, catalog)
        case NearRule():
            yield from check_near(rule.near, (*path, "near"), catalog)
        case SqlRule():
            yield from check_sql(rule, (*path, "sql"), catalog)
        case InListRule():
            yield from check_list(rule.in_list, (*path, "in_list"), catalog)
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
        yield from check_operators(rule, trait, path)
        if rule.for_at_least is not None and not trait.history:
            kept = ", ".join(name for name, other in catalog.traits.items() if other.history)
            hint = (
                f"traits with a history: {kept}" if kept else "the data team keeps it with `history: true` in its meta"
            )
            yield Finding((*path, "for_at_least"), f"no history of `{rule.trait}` is kept", hint, at_key=True)


def _trait_hint(word: str, catalog: Catalog) -> str:
    words = catalog.trait_words()
    meant = words.get(word.lower())
    return f"did you mean {meant}?" if meant else did_you_mean(word, catalog.traits) or NEW_WORDS


def _relation(rule: RelationRule, word_path: Path, path: Path, catalog: Catalog) -> Iterator[Finding]:
    relation = catalog.relations.get(rule.relation)
    if relation is None:
        hint = did_you_mean(rule.relation, catalog.relations)
        yield Finding(word_path, f"unknown relation {shown(rule.relation)}", hint)
    else:
        yield from check_where(rule.where, relation.fields, (*path, "where"), rule.relation)


def _member_key(segment: Segment, catalog: Catalog) -> list[Finding]:
    if segment.per is None:
        return []
    keys = {r.key for r in catalog.relations.values()} | {f for e in catalog.events for f in catalog.event_fields(e)}
    if segment.per not in keys and not any(isinstance(rule, SqlRule) for rule in segment.rules):
        known = {r.key for r in catalog.relations.values()}
        return [Finding(("per",), f"unknown member key {shown(segment.per)}", did_you_mean(segment.per, known))]
    if _is_personal(segment.per, catalog):
        what = f"{shown(segment.per)} is personal data, which is not stored as a member key"
        return [Finding(("per",), what, "take a key that names the record, such as cart_id")]
    if not any(is_keyed(rule, segment.per, catalog) for _, rule in positive(segment)):
        what = f"no `did` or `has` rule carries `{segment.per}`"
        return [Finding(("per",), what, "`per` needs a rule whose event or relation has that field")]
    return []


def _is_personal(key: str, catalog: Catalog) -> bool:
    """Whether the catalog marks the key anywhere: membership tables, previews and messages show it unmasked."""
    carriers = [*(event.fields for event in catalog.events.values()), *(r.fields for r in catalog.relations.values())]
    return any(fields[key].pii for fields in carriers if key in fields)


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
        case SqlRule():
            return per is not None and gives_member_key(rule, catalog)
        case SequenceRule():
            return per is not None and per in chain_keys(rule, per, catalog)
        case HasRule() | HasNoRule():
            relation = catalog.relations.get(rule.relation)
            return per is not None and relation is not None and relation.key == per
    return False


def chain_keys(rule: SequenceRule, per: str | None, catalog: Catalog) -> list[str]:
    """The fields that all events of one chain have in common: `same`, and the member key where all carry it."""
    keyed = per is not None and all(catalog.carries(step.event, per) for step in rule.chain())
    return list(dict.fromkeys(name for name in (rule.same, per if keyed else None) if name is not None))


def _top(by: str, catalog: Catalog) -> list[Finding]:
    trait = catalog.traits.get(by)
    if trait is None:
        return [Finding(("top", "by"), f"unknown trait {shown(by)}", _trait_hint(by, catalog))]
    if trait.type != "number":
        return [Finding(("top", "by"), f"`{by}` is {trait.type}: `top` wants a number")]
    return []
