"""Verb -> the fact that its rule rests on, in a few words. Facts are read beside the verdict, never instead of it."""

from collections.abc import Callable
from typing import Any

from heddle.segments.explain.event_fact import event_fact
from heddle.segments.explain.list_fact import list_fact
from heddle.segments.explain.person import Person
from heddle.segments.explain.place_fact import place_fact
from heddle.segments.explain.reach_fact import reach_fact
from heddle.segments.explain.relation_fact import relation_fact
from heddle.segments.explain.sequence_fact import sequence_fact
from heddle.segments.explain.stored_fact import passage_fact, stay_fact
from heddle.segments.explain.trait_fact import trait_fact
from heddle.segments.vocabulary import is_keyed

_FACTS: dict[str, Callable[[Any, Person], str]] = {
    "trait": trait_fact,
    "did": event_fact,
    "did_not": event_fact,
    "sequence": sequence_fact,
    "has": relation_fact,
    "has_no": relation_fact,
    "can_receive": reach_fact,
    "in_segment": lambda rule, person: stay_fact(rule.in_segment, person),
    "not_in_segment": lambda rule, person: stay_fact(rule.not_in_segment, person),
    "entered": lambda rule, person: passage_fact(rule.entered.segment, "entered", person),
    "left": lambda rule, person: passage_fact(rule.left.segment, "left", person),
    "near": place_fact,
    "in_list": list_fact,
}


def fact(rule: Any, person: Person) -> str:
    """Empty for a verb that rests on nothing that could be shown."""
    find = _FACTS.get(rule.verb)
    told = find(rule, person) if find else ""
    per = person.scope.per
    if told and per and person.key is None and is_keyed(rule, per, person.scope.catalog):
        return f"no {per} to look at; over all of them: {told}"
    return told
