"""did / did_not -> the members whose events satisfy the rule."""

from sqlglot import exp

from heddle.segments.compiler.favourite import favourite_members
from heddle.segments.compiler.last_event import last_event_members
from heddle.segments.compiler.nodes import compare
from heddle.segments.compiler.occurrence import occurred_at
from heddle.segments.compiler.regularly import in_enough_periods
from heddle.segments.compiler.scan import Scan, scan_of
from heddle.segments.compiler.scope import Scope
from heddle.segments.event_rules import EventRule, Moments

_AGGREGATES = {"sum": exp.Sum, "average": exp.Avg, "minimum": exp.Min, "maximum": exp.Max}


def event_members(rule: EventRule, scope: Scope) -> exp.Query:
    """One row per profile, or per profile and member key, for which the rule holds."""
    scan = scan_of(rule, scope)
    parts: list[exp.Query] = []
    if rule.favourite:
        parts.append(favourite_members(rule, scan, scope))
    if rule.last_where:
        parts.append(last_event_members(rule, scan, scope))
    having = _having(rule, scan, scope)
    if having or not parts:
        parts.insert(0, _grouped(scan, having))
    return exp.intersect(*parts, distinct=True) if len(parts) > 1 else parts[0]


def _grouped(scan: Scan, having: list[exp.Expr]) -> exp.Select:
    query = scan.source.select(*scan.named_grain())
    return query.group_by(*scan.grain()).having(*having) if having else query.distinct()


def _having(rule: EventRule, scan: Scan, scope: Scope) -> list[exp.Expr]:
    """Conditions on all the events that remain of one member."""
    fields = scope.catalog.event_fields(rule.event)
    conditions: list[exp.Expr] = []
    if rule.count:
        conditions += compare(scan.often, rule.count.comparisons())
    for name, aggregate in rule.aggregates().items():
        value = _AGGREGATES[name](this=exp.column(fields[aggregate.of].column, table="e"))
        conditions += compare(value, aggregate.comparisons())
    if rule.distinct:
        column = exp.column(fields[rule.distinct.of].column, table="e")
        conditions += compare(exp.Count(this=exp.Distinct(expressions=[column])), rule.distinct.comparisons())
    if rule.first_time:
        conditions += _moments(scan.first, rule.first_time, scope)
    if rule.last_time:
        conditions += _moments(scan.last, rule.last_time, scope)
    if rule.regularly:
        conditions.append(in_enough_periods(rule.regularly, occurred_at("e"), scope))
    return conditions


def _moments(moment: exp.Expr, moments: Moments, scope: Scope) -> list[exp.Expr]:
    """`older_than` includes its limit, `newer_than` does not: (as_of - newer, as_of - older]."""
    found: list[exp.Expr] = []
    if moments.newer_than:
        found.append(exp.GT(this=moment.copy(), expression=scope.clock.ago(moments.newer_than)))
    if moments.older_than:
        found.append(exp.LTE(this=moment.copy(), expression=scope.clock.ago(moments.older_than)))
    return found
