"""for_at_least: whose trait has fulfilled a condition for a while, from its stored history."""

from sqlglot import exp

from heddle.segments.catalog import HISTORY_TABLE, Field
from heddle.segments.compiler.nodes import any_of, missing, ordered, sql_type, table, whole
from heddle.segments.compiler.occurrence import PROFILE_ID
from heddle.segments.compiler.scope import Scope
from heddle.segments.duration import Duration
from heddle.segments.rules import TraitRule


def held_members(rule: TraitRule, field: Field, duration: Duration, scope: Scope) -> exp.Select:
    """One row per profile whose value has fulfilled the rule in every period since as_of - duration.

    The first of these periods must have begun by then, and each must go on in the next one: while nothing was known
    (somebody's profile was merged into another one, and came back), nothing was fulfilled.
    """
    begin = scope.clock.ago(duration)
    value = exp.column("value", table="v")
    fulfilled = exp.and_(scope.condition(value, field, rule), exp.paren(_goes_on(scope)))
    broken = exp.Case().when(fulfilled, whole(0)).else_(whole(1))
    first = exp.Min(this=exp.column("valid_from", table="v"))
    return (
        exp.select(exp.column(PROFILE_ID, table="v"))
        .from_(_periods(field, begin, scope).subquery("v"))
        .group_by(exp.column(PROFILE_ID, table="v"))
        .having(exp.LTE(this=first, expression=begin.copy()), exp.EQ(this=exp.Sum(this=broken), expression=whole(0)))
    )


def _goes_on(scope: Scope) -> exp.Expr:
    """Whether a period lasts at as_of, or ends where the next one begins."""
    until = exp.column("valid_to", table="v")
    lasts = exp.GT(this=until.copy(), expression=scope.clock.as_of.copy())
    return any_of([missing(until), lasts, exp.EQ(this=until, expression=exp.column("next_from", table="v"))])


def _periods(field: Field, begin: exp.Expr, scope: Scope) -> exp.Select:
    """The periods that reach into the time since `begin`, each with the beginning of the next one; the value in its own
    type."""
    value, until = exp.column("value", table="h"), exp.column("valid_to", table="h")
    person, since = exp.column(PROFILE_ID, table="h"), exp.column("valid_from", table="h")
    order = exp.Order(expressions=[ordered(since)])
    following = exp.Window(this=exp.Lead(this=since.copy()), partition_by=[person.copy()], order=order)
    typed = value if field.type == "text" else exp.cast(value, sql_type(field.type))
    return (
        exp.select(person, exp.alias_(typed, "value"), since, until.copy(), exp.alias_(following, "next_from"))
        .from_(table(HISTORY_TABLE, "profiles", "h"))
        .where(
            exp.EQ(this=exp.column("trait", table="h"), expression=exp.Literal.string(field.column)),
            scope.clock.until_now(exp.column("valid_from", table="h")),
            exp.paren(any_of([missing(until), exp.GT(this=until, expression=begin.copy())])),
        )
    )
