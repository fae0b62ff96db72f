"""Verb -> the fact that its rule rests on, in a few words. Facts are read beside the verdict, never instead of it."""

from typing import Any

from heddle.segments.event_rules import DidNotRule, DidRule
from heddle.segments.explain.event_fact import event_fact
from heddle.segments.explain.person import Person
from heddle.segments.explain.reach_fact import reach_fact
from heddle.segments.explain.relation_fact import relation_fact
from heddle.segments.explain.sequence_fact import sequence_fact
from heddle.segments.explain.stored_fact import passage_fact, stay_fact
from heddle.segments.explain.trait_fact import trait_fact
from heddle.segments.rules import (
    CanReceiveRule,
    EnteredRule,
    HasNoRule,
    HasRule,
    InSegmentRule,
    LeftRule,
    NotInSegmentRule,
    TraitRule,
)
from heddle.segments.sequence import SequenceRule


def fact(rule: Any, person: Person) -> str:
    """Empty for a verb that rests on nothing that could be shown."""
    match rule:
        case TraitRule():
            return trait_fact(rule, person)
        case DidRule() | DidNotRule():
            return event_fact(rule, person)
        case SequenceRule():
            return sequence_fact(rule, person)
        case HasRule() | HasNoRule():
            return relation_fact(rule, person)
        case CanReceiveRule():
            return reach_fact(rule, person)
        case InSegmentRule() | NotInSegmentRule():
            return stay_fact(str(getattr(rule, rule.verb)), person)
        case EnteredRule() | LeftRule():
            return passage_fact(getattr(rule, rule.verb).segment, rule.verb, person)
    return ""
