"""Verb -> the relation of the members that it finds."""

from collections.abc import Callable
from typing import Any

from sqlglot import exp

from heddle.segments.compiler.events import event_members
from heddle.segments.compiler.raw_sql import sql_members
from heddle.segments.compiler.relations import passage_members, reachable_members, relation_members, segment_members
from heddle.segments.compiler.scope import Scope
from heddle.segments.compiler.sequence import sequence_members
from heddle.segments.compiler.uploaded_list import listed_members
from heddle.segments.event_rules import DidNotRule, DidRule
from heddle.segments.raw_sql import SqlRule
from heddle.segments.rules import (
    CanReceiveRule,
    EnteredRule,
    HasNoRule,
    HasRule,
    InListRule,
    InSegmentRule,
    LeftRule,
    NotInSegmentRule,
)
from heddle.segments.sequence import SequenceRule


def members_of_rule(rule: Any, scope: Scope) -> exp.Query:
    """profile_id, and member_key where the rule is keyed; of a negation, the members that it takes away."""
    return _RELATIONS[type(rule)](rule, scope)


_RELATIONS: dict[type[Any], Callable[[Any, Scope], exp.Query]] = {
    DidRule: event_members,
    DidNotRule: event_members,
    SequenceRule: sequence_members,
    HasRule: relation_members,
    HasNoRule: relation_members,
    InSegmentRule: lambda rule, scope: segment_members(rule.in_segment, scope),
    NotInSegmentRule: lambda rule, scope: segment_members(rule.not_in_segment, scope),
    EnteredRule: lambda rule, scope: passage_members(rule.entered, "entered_at", scope),
    LeftRule: lambda rule, scope: passage_members(rule.left, "left_at", scope),
    CanReceiveRule: lambda rule, _: reachable_members(rule),
    InListRule: lambda rule, _: listed_members(rule.in_list),
    SqlRule: sql_members,
}
