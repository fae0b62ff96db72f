"""did / did_not -> how often, and the first or the last time."""

from datetime import datetime
from typing import Any

from sqlglot import exp

from heddle.segments.catalog import EVENTS_TABLE
from heddle.segments.compiler.nodes import all_of, day_start, table, whole
from heddle.segments.event_rules import EventRule, Regularly
from heddle.segments.explain.event_detail import details, named_fields
from heddle.segments.explain.person import Person


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
    fields = dict(person.scope.catalog.event_fields(rule.event))
    return since + "; ".join([_times(rule, inside, person), *details(rule, inside, fields)])


def _times(rule: EventRule, inside: list[dict[str, Any]], person: Person) -> str:
    often = "once" if len(inside) == 1 else f"{len(inside):,} times"
    which, row = ("first", inside[0]) if rule.first_time and not rule.last_time else ("last", inside[-1])
    return f"{often}, {'at' if len(inside) == 1 else which} {person.when(row['occurred_at'])}"


def _events(rule: EventRule, person: Person) -> exp.Select:
    """The person's events in the order of time: occurred_at, inside (the window), and the fields that are summed."""
    scope = person.scope
    fields = scope.catalog.event_fields(rule.event)
    query = _of_event(rule.event, person)
    query = query.select(exp.column("occurred_at", table="e"), exp.alias_(_window(rule, person), "inside"))
    query = query.select(
        *[exp.alias_(exp.column(fields[name].column, table="e"), name) for name in sorted(named_fields(rule))]
    )
    if rule.regularly:
        query = query.select(exp.alias_(_period(rule.regularly, person), "period"))
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


def _period(regularly: Regularly, person: Person) -> exp.Expr:
    """The number of the period an event is in: 1 is the newest."""
    number = exp.Case()
    for period in range(1, regularly.at_least.periods + 1):
        begins = person.scope.clock.ago(regularly.back(period))
        number = number.when(exp.GT(this=exp.column("occurred_at", table="e"), expression=begins), whole(period))
    return number


def _window(rule: EventRule, person: Person) -> exp.Expr:
    at, clock, zone = exp.column("occurred_at", table="e"), person.scope.clock, person.scope.catalog.time_zone
    if rule.within_last is not None:
        return exp.GT(this=at, expression=clock.ago(rule.within_last))
    if rule.regularly is not None:
        oldest = rule.regularly.back(rule.regularly.at_least.periods)
        return exp.GT(this=at, expression=clock.ago(oldest))
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
