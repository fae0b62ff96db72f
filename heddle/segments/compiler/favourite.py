"""favourite: the value that most of a member's events have."""

from sqlglot import exp

from heddle.segments.compiler.nodes import missing, ordered, whole
from heddle.segments.compiler.occurrence import occurred_at
from heddle.segments.compiler.scan import Scan
from heddle.segments.compiler.scope import Scope
from heddle.segments.event_rules import EventRule


def favourite_members(rule: EventRule, scan: Scan, scope: Scope) -> exp.Select:
    """Of two equally frequent values the one seen last is the favourite; seen at one instant, both are.

    A rank and no row number: the order of texts is not the same on every engine.
    """
    assert rule.favourite is not None
    field = scope.catalog.event_fields(rule.event)[rule.favourite.of]
    value = exp.column(field.column, table="e")
    most = [exp.Count(this=exp.Star()), exp.Max(this=occurred_at("e"))]
    order = exp.Order(expressions=[ordered(by, desc=True) for by in most])
    place = exp.Window(this=exp.Rank(), partition_by=scan.grain(), order=order)
    ranked = (
        scan.source.where(exp.Not(this=missing(value)))
        .select(*scan.named_grain(), exp.alias_(value.copy(), "favourite"), exp.alias_(place, "place"))
        .group_by(*scan.grain(), value.copy())
    )
    wanted = scope.condition(exp.column("favourite", table="v"), field, rule.favourite.operators)
    first = exp.EQ(this=exp.column("place", table="v"), expression=whole(1))
    return exp.select(*scan.grain_of("v")).distinct().from_(ranked.subquery("v")).where(first, wanted)
