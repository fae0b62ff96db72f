"""for_at_least: whose trait has fulfilled a condition for a while, from its stored history."""

from sqlglot import exp

from heddle.segments.catalog import HISTORY_TABLE, Field
from heddle.segments.compiler.nodes import any_of, missing, sql_type, table, whole
from heddle.segments.compiler.scope import Scope
from heddle.segments.duration import Duration
from heddle.segments.rules import TraitRule


def held_members(rule: TraitRule, field: Field, duration: Duration, scope: Scope) -> exp.Select:
    """One row per profile whose value has fulfilled the rule in every period since as_of - duration.

    The first of these periods must have begun by then: what was not known yet was not fulfilled yet.
    """
    begin = scope.clock.ago(duration)
    value = exp.column("value", table="v")
    broken = exp.Case().when(scope.condition(value, field, rule), whole(0)).else_(whole(1))
    first = exp.Min(this=exp.column("valid_from", table="v"))
    return (
        exp.select(exp.column("profile_id", table="v"))
        .from_(_periods(field, begin, scope).subquery("v"))
        .group_by(exp.column("profile_id", table="v"))
        .having(exp.LTE(this=first, expression=begin.copy()), exp.EQ(this=exp.Sum(this=broken), expression=whole(0)))
    )


def _periods(field: Field, begin: exp.Expr, scope: Scope) -> exp.Select:
    """The periods that reach into the time since `begin`, the value in its own type."""
    value, until = exp.column("value", table="h"), exp.column("valid_to", table="h")
    typed = value if field.type == "text" else exp.cast(value, sql_type(field.type))
    return (
        exp.select(exp.column("profile_id", table="h"), exp.alias_(typed, "value"), exp.column("valid_from", table="h"))
        .from_(table(HISTORY_TABLE, "profiles", "h"))
        .where(
            exp.EQ(this=exp.column("trait", table="h"), expression=exp.Literal.string(field.column)),
            scope.clock.until_now(exp.column("valid_from", table="h")),
            exp.paren(any_of([missing(until), exp.GT(this=until, expression=begin.copy())])),
        )
    )
