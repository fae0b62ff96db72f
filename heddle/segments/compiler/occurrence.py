"""What every rule about events says of a row: whose it is, which event, and when."""

from sqlglot import exp

from heddle.segments.compiler.scope import Scope

PROFILE_ID = "profile_id"


def is_event(word: str, alias: str, scope: Scope) -> exp.Expr:
    """The event, or one of the group's."""
    names = [exp.Literal.string(name) for name in scope.catalog.event_names(word)]
    column = exp.column("event", table=alias)
    return exp.In(this=column, expressions=names) if len(names) > 1 else exp.EQ(this=column, expression=names[0])


def occurred_at(alias: str) -> exp.Column:
    return exp.column("occurred_at", table=alias)


def later_than(alias: str, limit: exp.Expr) -> exp.Expr:
    return exp.GT(this=occurred_at(alias), expression=limit)


def carried(word: str, scope: Scope) -> str | None:
    """The column of the member key in the event, None where it has none."""
    if scope.per is None or not scope.catalog.carries(word, scope.per):
        return None
    return scope.catalog.event_fields(word)[scope.per].column
