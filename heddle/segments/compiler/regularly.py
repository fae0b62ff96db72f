"""regularly: events in enough of the last periods."""

from sqlglot import exp

from heddle.segments.compiler.nodes import whole
from heddle.segments.compiler.scope import Scope
from heddle.segments.event_rules import Regularly


def in_enough_periods(regularly: Regularly, moment: exp.Expr, scope: Scope) -> exp.Expr:
    """Period 1 is the newest, (as_of - 1 week, as_of]; the scan begins where the oldest one does."""
    periods = regularly.at_least.periods
    number = exp.Case(default=whole(periods))
    for period in range(1, periods):
        begins = scope.clock.ago(regularly.back(period))
        number = number.when(exp.GT(this=moment.copy(), expression=begins), whole(period))
    different = exp.Count(this=exp.Distinct(expressions=[number if periods > 1 else whole(1)]))
    return exp.GTE(this=different, expression=whole(regularly.at_least.wanted))
