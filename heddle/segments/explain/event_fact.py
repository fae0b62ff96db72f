"""did / did_not -> how often, and the first or the last time."""

from collections.abc import Callable
from datetime import datetime
from statistics import fmean
from typing import Any

from sqlglot import exp

from heddle.segments.catalog import EVENTS_TABLE
from heddle.segments.compiler.nodes import all_of, day_start, table
from heddle.segments.event_rules import Aggregate, EventRule
from heddle.segments.explain.person import Person
from heddle.segments.explain.shown import shown

_AGGREGATES: dict[str, Callable[[list[float]], float]] = {"sum": sum, "average": fmean, "minimum": min, "maximum": max}


def event_fact(rule: EventRule, person: Person) -> str:
    """What happened up to as_of: the events that match `where`, and how many of them are in the window."""
    rows = person.rows(_events(rule, person), "e")
    since = ""
    if rule.since is not None:
        anchor = _last(rule.since, person)
        if anchor is None:
            return f"never did {rule.since}, so nothing is since then"
        since = f"since {anchor:%Y-%m-%d %H:%M}: "
        rows = [{**row, "inside": row["occurred_at"] > anchor} for row in rows]
    inside = [row for row in rows if row["inside"]]
    if not rows:
        return f"{since}never"
    if not inside:
        return f"{since}none; the last was {person.when(rows[-1]['occurred_at'])}"
    return since + "; ".join([_times(rule, inside, person), *_amounts(rule, inside)])


def _times(rule: EventRule, inside: list[dict[str, Any]], person: Person) -> str:
    often = "once" if len(inside) == 1 else f"{len(inside):,} times"
    which, row = ("first", inside[0]) if rule.first_time and not rule.last_time else ("last", inside[-1])
    return f"{often}, {'at' if len(inside) == 1 else which} {person.when(row['occurred_at'])}"


def _amounts(rule: EventRule, inside: list[dict[str, Any]]) -> list[str]:
    told = [f"{name} of {one.of} {_amount(name, one, inside)}" for name, one in rule.aggregates().items()]
    if rule.distinct:
        values = {row[rule.distinct.of] for row in inside} - {None}
        told.append(f"{len(values):,} different {rule.distinct.of}")
    return told


def _amount(name: str, aggregate: Aggregate, inside: list[dict[str, Any]]) -> str:
    values = [float(row[aggregate.of]) for row in inside if row[aggregate.of] is not None]
    return shown(_AGGREGATES[name](values) if values else None)


def _events(rule: EventRule, person: Person) -> exp.Select:
    """The person's events in the order of time: occurred_at, inside (the window), and the fields that are summed."""
    scope = person.scope
    fields = scope.catalog.event_fields(rule.event)
    named = {one.of for one in rule.aggregates().values()} | ({rule.distinct.of} if rule.distinct else set())
    query = _of_event(rule.event, person)
    query = query.select(exp.column("occurred_at", table="e"), exp.alias_(_window(rule, person), "inside"))
    query = query.select(*[exp.alias_(exp.column(fields[name].column, table="e"), name) for name in sorted(named)])
    return query.where(*scope.conditions(rule.where, fields, "e")).order_by(exp.column("occurred_at", table="e"))


def _of_event(word: str, person: Person) -> exp.Select:
    """Events behind the word up to as_of, of the asked member key where they carry one."""
    scope = person.scope
    names = [exp.Literal.string(name) for name in scope.catalog.event_names(word)]
    query = exp.select().from_(table(EVENTS_TABLE, "profiles", "e"))
    query = query.where(
        exp.In(this=exp.column("event", table="e"), expressions=names),
        scope.clock.until_now(exp.column("occurred_at", table="e")),
    )
    if scope.per is None or not scope.catalog.carries(word, scope.per):
        return query
    column = exp.column(scope.catalog.event_fields(word)[scope.per].column, table="e")
    return query.where(*person.same_key(column))


def _window(rule: EventRule, person: Person) -> exp.Expr:
    at, clock, zone = exp.column("occurred_at", table="e"), person.scope.clock, person.scope.catalog.time_zone
    if rule.within_last is not None:
        return exp.GT(this=at, expression=clock.ago(rule.within_last))
    if rule.between is not None:
        first, last = rule.between
        begins = exp.GTE(this=at, expression=day_start(first, zone))
        return all_of([begins, exp.LT(this=at.copy(), expression=day_start(last, zone, plus_days=1))])
    return exp.true()


def _last(word: str, person: Person) -> datetime | None:
    last = exp.alias_(exp.Max(this=exp.column("occurred_at", table="e")), "last_at")
    (row,) = person.rows(_of_event(word, person).select(last), "e")
    found: datetime | None = row["last_at"]
    return found
