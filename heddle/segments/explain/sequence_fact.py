"""sequence -> the events of the chain that was found, else how far each step got.

A search over the events of one person, written without the compiler's windows: what it finds is only told. That it
finds a chain exactly where the compiled SQL does is a property that the tests hold.
"""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlglot import exp

from heddle.segments.catalog import EVENTS_TABLE
from heddle.segments.compiler.nodes import missing, shifted, table
from heddle.segments.compiler.occurrence import is_event, later_than, occurred_at
from heddle.segments.explain.person import Person
from heddle.segments.sequence import SequenceRule
from heddle.segments.vocabulary import chain_keys

Row = dict[str, Any]


def sequence_fact(rule: SequenceRule, person: Person) -> str:
    """`product_viewed 2026-06-10 11:00, then product_added_to_cart 2026-06-10 11:30`"""
    search = Search(rule, person.as_of, tuple(_events(rule, number, person) for number in range(len(rule.sequence))))
    found = search.chain(search.happening[0], None)
    if found is not None:
        happened = zip(rule.chain(), found, strict=True)
        return ", then ".join(f"{step.event} {row['at']:%Y-%m-%d %H:%M}" for step, row in happened)
    counts = zip(rule.sequence, search.events, strict=True)
    return f"not in this order; {'; '.join(f'{step.event} {_often(rows)}' for step, rows in counts)}"


@dataclass(frozen=True)
class Search:
    """`events` has the person's events of every step, newest first: the moment (`at`), the keys, and `until_<number>`,
    the end of the limit of a step that is counted from this event. `found` keeps what was searched."""

    rule: SequenceRule
    as_of: datetime
    events: tuple[list[Row], ...]
    found: dict[tuple[int, int], list[Row] | None] = field(default_factory=dict)

    @property
    def happening(self) -> list[int]:
        return [number for number, step in enumerate(self.rule.sequence) if step.happens]

    def chain(self, number: int, before: Row | None) -> list[Row] | None:
        """The events from step `number` on, after `before`; None when there are none."""
        later = [following for following in self.happening if following > number]
        for row in self.events[number]:
            if not self._follows(number, row, before) or not self._undisturbed(number, row, bool(later)):
                continue
            rest = self._rest(later[0], row) if later else []
            if rest is not None:
                return [row, *rest]
        return None

    def _rest(self, number: int, row: Row) -> list[Row] | None:
        """The chain after an event, searched once: every event before it would ask again."""
        known = (number, id(row))
        if known not in self.found:
            self.found[known] = self.chain(number, row)
        return self.found[known]

    def _follows(self, number: int, row: Row, before: Row | None) -> bool:
        """After the event before, in time, of the same keys, and with nothing forbidden in between."""
        if before is None:
            return True
        limit = before.get(f"until_{number}")
        in_time = before["at"] < row["at"] and (limit is None or row["at"] <= limit)
        previous = max(one for one in self.happening if one < number)
        between = [n for n in range(previous + 1, number) if self.rule.sequence[n].within is None]
        return in_time and _same(row, before) and not any(self._any(n, before["at"], row["at"], row) for n in between)

    def _undisturbed(self, number: int, row: Row, goes_on: bool) -> bool:
        """Nothing forbidden follows within its limit, which must be over; at the end of the chain, ever."""
        following = [n for n in self.happening if n > number]
        for ahead in range(number + 1, following[0] if following else len(self.rule.sequence)):
            limit = row.get(f"until_{ahead}")
            if limit is not None and (limit > self.as_of or self._up_to(ahead, row, limit)):
                return False
            if limit is None and not goes_on and self._up_to(ahead, row, self.as_of):
                return False
        return True

    def _any(self, number: int, after: datetime, before: datetime, row: Row) -> bool:
        return any(after < one["at"] < before and _same(one, row) for one in self.events[number])

    def _up_to(self, number: int, row: Row, limit: datetime) -> bool:
        return any(row["at"] < one["at"] <= limit and _same(one, row) for one in self.events[number])


def _same(one: Row, other: Row) -> bool:
    """A forbidden event that does not carry a key is looked for among all of the person's."""
    return all(one[name] == other[name] for name in one if name.startswith("key_") and name in other)


def _often(rows: list[Row]) -> str:
    if not rows:
        return "never"
    often = "once" if len(rows) == 1 else f"{len(rows):,} times"
    return f"{often}, last {rows[0]['at']:%Y-%m-%d %H:%M}"


def _events(rule: SequenceRule, number: int, person: Person) -> list[Row]:
    scope, step = person.scope, rule.sequence[number]
    fields = scope.catalog.event_fields(step.event)
    query = exp.select(exp.alias_(occurred_at("e"), "at")).from_(table(EVENTS_TABLE, "profiles", "e"))
    for key in chain_keys(rule, scope.per, scope.catalog):
        if key in fields:
            column = exp.column(fields[key].column, table="e")
            query = query.select(exp.alias_(column, f"key_{key}")).where(exp.Not(this=missing(column)))
            query = query.where(*(person.same_key(column.copy()) if key == scope.per else []))
    for later, limited in enumerate(rule.sequence):
        if later > number and limited.within:
            until = shifted(occurred_at("e"), limited.within, back=False)
            query = query.select(exp.alias_(until, f"until_{later}"))
    start = [later_than("e", scope.clock.ago(rule.within_last))] if rule.within_last else []
    until_now = scope.clock.until_now(occurred_at("e"))
    query = query.where(is_event(step.event, "e", scope), *start, until_now, *scope.conditions(step.where, fields, "e"))
    return person.rows(query.order_by(exp.Ordered(this=occurred_at("e"), desc=True, nulls_first=False)), "e")
