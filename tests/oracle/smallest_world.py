"""The shortest segment and the smallest part of a world on which the oracle and the SQL still disagree, and a page
to read about it."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime
from typing import Any

import yaml
from naive_world import Person, Record, World
from random_segments import written
from verdicts import compiled, disagreement

Test = Callable[[World], bool]


class Disagreement(AssertionError):
    """The SQL and the oracle find other people. The page is made only when it is read: it takes seconds."""

    def __str__(self) -> str:
        return report(*self.args)


def report(text: str, world: World, as_of: datetime) -> str:
    """The segment, the instant, the people who are left and everything known of them, and who found whom."""
    text = shortest(text, lambda candidate: _differs(candidate, world, as_of))
    sql = compiled(text, world.zone, as_of)
    small = smallest(world, lambda candidate: disagreement(text, candidate, as_of, sql) is not None)
    only_sql, only_oracle = disagreement(text, small, as_of, sql) or (set(), set())
    lines = [
        f"\n{text}",
        f"as_of {as_of} UTC, days counted in {world.zone}",
        f"only the SQL finds:    {sorted(only_sql)}",
        f"only the oracle finds: {sorted(only_oracle)}",
        *(line for person in small.people for line in portrait(person)),
        sql,
    ]
    return "\n".join(lines)


def shortest(text: str, fails: Callable[[str], bool]) -> str:
    """Takes away lines, words and values of the segment, one at a time, while it is still one and the test fails."""
    data = yaml.safe_load(text)
    while True:
        shorter = (written(candidate) for candidate in _without_one(data))
        found = next((candidate for candidate in shorter if fails(candidate)), None)
        if found is None:
            return written(data)
        data = yaml.safe_load(found)


def _differs(text: str, world: World, as_of: datetime) -> bool:
    try:
        sql = compiled(text, world.zone, as_of)
        return disagreement(text, world, as_of, sql) is not None
    except (AssertionError, LookupError, TypeError):
        return False  # no segment any more


def _without_one(value: Any) -> Iterator[Any]:
    """Every way to take one thing away, the large ones first."""
    if isinstance(value, dict):
        yield from ({k: v for k, v in value.items() if k != key} for key in value)
        yield from ({**value, key: less} for key, inner in value.items() for less in _without_one(inner))
    if isinstance(value, list):
        yield from (value[:place] + value[place + 1 :] for place in range(len(value)))
        yield from (
            [*value[:place], less, *value[place + 1 :]]
            for place, inner in enumerate(value)
            for less in _without_one(inner)
        )


def smallest(world: World, fails: Test) -> World:
    """Takes away halves, then people, then facts, one at a time, while the test still fails."""
    people, size = list(world.people), len(world.people) // 2
    while size >= 1:
        for start in range(0, len(people), size):
            fewer = people[:start] + people[start + size :]
            if len(fewer) < len(people) and fails(world.with_people(tuple(fewer))):
                people = fewer
                break
        else:
            size //= 2
    for index, person in enumerate(people):
        for remove in _facts(person):
            less = remove(people[index])
            if fails(world.with_people((*people[:index], less, *people[index + 1 :]))):
                people[index] = less
    return world.with_people(tuple(people))


def _facts(person: Person) -> Iterator[Callable[[Person], Person]]:
    """For every fact, how to take it away."""
    for event in person.events:
        yield lambda one, event=event: replace(one, events=_without(one.events, event))
    for name, value in person.traits.items():
        if value is not None:
            yield lambda one, name=name: replace(one, traits=one.traits | {name: None})
    for kind in ("related", "stays"):
        for name, records in getattr(person, kind).items():
            for record in records:
                yield lambda one, kind=kind, name=name, record=record: replace(
                    one, **{kind: getattr(one, kind) | {name: _without(getattr(one, kind)[name], record)}}
                )
    for period in person.history:
        yield lambda one, period=period: replace(one, history=_without(one.history, period))
    for row in person.reachable:
        yield lambda one, row=row: replace(one, reachable=_without(one.reachable, row))


def _without(records: tuple[Record, ...], record: Record) -> tuple[Record, ...]:
    return tuple(one for one in records if one is not record)


def portrait(person: Person) -> Iterator[str]:
    """One line per fact, events in the order of time."""
    yield f"{person.profile_id}: {_shown(person.traits) or 'nothing known'}"
    for event in sorted(person.events, key=lambda event: event["occurred_at"]):
        rest = {key: value for key, value in event.items() if key not in ("event", "occurred_at")}
        yield f"    {event['occurred_at']}  {event['event']:<16} {_shown(rest)}"
    for name, records in person.related.items():
        yield from (f"    {name}  {_shown(record)}" for record in records)
    for name, stays in person.stays.items():
        yield from (f"    in {name} {stay['member_key']} {stay['entered_at']} .. {stay['left_at']}" for stay in stays)
    for period in person.history:
        yield f"    {period['trait']} was {period['value']} {period['valid_from']} .. {period['valid_to']}"
    yield f"    identifiers {person.identifiers}"
    for row in person.reachable:
        yield f"    {row['channel']} for {row['purpose']}: {'yes' if row['is_reachable'] else 'no'}"


def _shown(facts: dict[str, object]) -> str:
    return ", ".join(f"{name}={value}" for name, value in facts.items() if value is not None)
