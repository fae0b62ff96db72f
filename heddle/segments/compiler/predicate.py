"""Operators -> conditions on one column. One function per operator."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sqlglot import exp

from heddle.segments.catalog import Field
from heddle.segments.compiler.clock import Clock
from heddle.segments.compiler.nodes import (
    all_of,
    any_of,
    compare,
    day_start,
    finds_pattern,
    literal,
    local_day,
    missing,
    whole,
)
from heddle.segments.duration import Duration
from heddle.segments.operators import ORDER, Operators


@dataclass(frozen=True)
class Asked:
    """A column of a catalog type, evaluated at a clock in a time zone."""

    column: exp.Column
    kind: str
    clock: Clock
    zone: str

    def value(self) -> exp.Expr:
        return self.column.copy()

    def day(self) -> exp.Expr:
        """The column as a calendar day."""
        if self.kind == "date":
            return self.value()
        return local_day(self.value(), self.zone)


def predicate(column: exp.Column, field: Field, operators: Operators, clock: Clock, zone: str) -> exp.Expr:
    """Every condition of `operators`, AND-ed."""
    asked = Asked(column, field.type, clock, zone)
    return all_of([_condition(asked, name, value) for name, value in operators.conditions().items()])


def _condition(asked: Asked, name: str, value: Any) -> exp.Expr:
    if name in ORDER:
        return compare(asked.value(), {name: value})[0]
    return _OPERATORS[name](asked, value)


def _is(asked: Asked, value: object) -> exp.Expr:
    return exp.EQ(this=asked.value(), expression=literal(value, asked.kind))


def _is_not(asked: Asked, value: object) -> exp.Expr:
    different = exp.NEQ(this=asked.value(), expression=literal(value, asked.kind))
    return exp.paren(any_of([missing(asked.column), different]))


def _one_of(asked: Asked, values: tuple[object, ...]) -> exp.Expr:
    return exp.In(this=asked.value(), expressions=[literal(value, asked.kind) for value in values])


def _not_one_of(asked: Asked, values: tuple[object, ...]) -> exp.Expr:
    return exp.paren(any_of([missing(asked.column), exp.Not(this=_one_of(asked, values))]))


def _is_set(asked: Asked, wanted: bool) -> exp.Expr:
    return exp.Not(this=missing(asked.column)) if wanted else missing(asked.column)


def _contains(asked: Asked, part: str) -> exp.Expr:
    position = exp.StrPosition(this=asked.value(), substr=exp.Literal.string(part))
    return exp.GT(this=position, expression=whole(0))


def _starts_with(asked: Asked, part: str) -> exp.Expr:
    start = exp.Left(this=asked.value(), expression=whole(len(part)))
    return exp.EQ(this=start, expression=exp.Literal.string(part))


def _ends_with(asked: Asked, part: str) -> exp.Expr:
    end = exp.Right(this=asked.value(), expression=whole(len(part)))
    return exp.EQ(this=end, expression=exp.Literal.string(part))


def _matches(asked: Asked, pattern: str) -> exp.Expr:
    return finds_pattern(asked.value(), pattern)


def _includes(asked: Asked, value: object) -> exp.Expr:
    return exp.ArrayContains(this=asked.value(), expression=exp.Literal.string(str(value)))


def _includes_any(asked: Asked, values: tuple[object, ...]) -> exp.Expr:
    return exp.paren(any_of([_includes(asked, value) for value in values]))


def _includes_all(asked: Asked, values: tuple[object, ...]) -> exp.Expr:
    return all_of([_includes(asked, value) for value in values])


def _size(asked: Asked, size: Any) -> exp.Expr:
    return all_of(compare(exp.ArraySize(this=asked.value()), size.comparisons()))


def _in_last(asked: Asked, duration: Duration) -> exp.Expr:
    clock = asked.clock
    if asked.kind == "date":
        return _after_until(asked.value(), clock.day(duration, back=True), clock.day())
    return _after_until(asked.value(), clock.ago(duration), clock.as_of)


def _in_next(asked: Asked, duration: Duration) -> exp.Expr:
    clock = asked.clock
    if asked.kind == "date":
        return _after_until(asked.value(), clock.day(), clock.day(duration))
    return _after_until(asked.value(), clock.as_of, clock.ahead(duration))


def _after_until(value: exp.Expr, low: exp.Expr, high: exp.Expr) -> exp.Expr:
    """(low, high]"""
    above = exp.GT(this=value.copy(), expression=low.copy())
    return exp.and_(above, exp.LTE(this=value.copy(), expression=high.copy()))


def _older_than(asked: Asked, duration: Duration) -> exp.Expr:
    clock = asked.clock
    limit = clock.day(duration, back=True) if asked.kind == "date" else clock.ago(duration)
    return exp.LTE(this=asked.value(), expression=limit)


def _further_than(asked: Asked, duration: Duration) -> exp.Expr:
    clock = asked.clock
    limit = clock.day(duration) if asked.kind == "date" else clock.ahead(duration)
    return exp.GT(this=asked.value(), expression=limit)


def _on(asked: Asked, day: Any) -> exp.Expr:
    if asked.kind == "date":
        return exp.EQ(this=asked.value(), expression=literal(day, "date"))
    starts = exp.GTE(this=asked.value(), expression=day_start(day, asked.zone))
    return exp.and_(starts, exp.LT(this=asked.value(), expression=day_start(day, asked.zone, plus_days=1)))


def _before(asked: Asked, day: Any) -> exp.Expr:
    limit = literal(day, "date") if asked.kind == "date" else day_start(day, asked.zone)
    return exp.LT(this=asked.value(), expression=limit)


def _after(asked: Asked, day: Any) -> exp.Expr:
    if asked.kind == "date":
        return exp.GT(this=asked.value(), expression=literal(day, "date"))
    return exp.GTE(this=asked.value(), expression=day_start(day, asked.zone, plus_days=1))


def _anniversary_in(asked: Asked, duration: Duration) -> exp.Expr:
    """29 February is celebrated on 28 February in years that have no 29th."""
    target = asked.clock.day(duration)
    tomorrow = asked.clock.day(Duration(duration.amount + 1, "day")) if duration.unit == "day" else None
    following = tomorrow or exp.cast(
        exp.Add(this=target.copy(), expression=exp.Interval(this=exp.Literal.string("1"), unit=exp.var("DAY"))),
        "date",
    )
    same = exp.and_(
        exp.EQ(this=_part("MONTH", asked.day()), expression=_part("MONTH", target)),
        exp.EQ(this=_part("DAY", asked.day()), expression=_part("DAY", target)),
    )
    leap = exp.and_(
        *_is_day_of_year(asked.day(), 2, 29), *_is_day_of_year(target, 2, 28), _equals("MONTH", following, 3)
    )
    before = exp.LT(this=asked.day(), expression=target.copy())
    return exp.and_(before, exp.paren(exp.or_(same, leap)))


def _anniversary_month(asked: Asked, which: str) -> exp.Expr:
    month = Duration(1, "month")
    target = asked.clock.day() if which == "this" else asked.clock.day(month, back=which == "last")
    return exp.EQ(this=_part("MONTH", asked.day()), expression=_part("MONTH", target))


def _part(name: str, day: exp.Expr) -> exp.Expr:
    return exp.Extract(this=exp.var(name), expression=day.copy())


def _equals(name: str, day: exp.Expr, wanted: int) -> exp.Expr:
    return exp.EQ(this=_part(name, day), expression=whole(wanted))


def _is_day_of_year(day: exp.Expr, month: int, number: int) -> tuple[exp.Expr, exp.Expr]:
    return _equals("MONTH", day, month), _equals("DAY", day, number)


_OPERATORS: dict[str, Callable[[Asked, Any], exp.Expr]] = {
    "is": _is,
    "is_not": _is_not,
    "one_of": _one_of,
    "not_one_of": _not_one_of,
    "is_set": _is_set,
    "contains": _contains,
    "starts_with": _starts_with,
    "ends_with": _ends_with,
    "matches": _matches,
    "includes_any": _includes_any,
    "includes_all": _includes_all,
    "size": _size,
    "in_last": _in_last,
    "in_next": _in_next,
    "older_than": _older_than,
    "further_than": _further_than,
    "on": _on,
    "before": _before,
    "after": _after,
    "anniversary_in": _anniversary_in,
    "anniversary_month": _anniversary_month,
}
