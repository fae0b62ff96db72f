"""last_where: a condition on a member's last event."""

from sqlglot import exp

from heddle.segments.compiler.occurrence import occurred_at
from heddle.segments.compiler.scan import Scan
from heddle.segments.compiler.scope import Scope
from heddle.segments.event_rules import EventRule


def last_event_members(rule: EventRule, scan: Scan, scope: Scope) -> exp.Select:
    """Of several last events of one instant, one that passes is enough."""
    fields = scope.catalog.event_fields(rule.event)
    columns = sorted({fields[name].column for name in rule.last_where})
    last = exp.Window(this=exp.Max(this=occurred_at("e")), partition_by=scan.grain())
    events = scan.source.select(
        *scan.named_grain(),
        *[exp.column(column, table="e") for column in columns],
        occurred_at("e"),
        exp.alias_(last, "last_at"),
    )
    is_last = exp.EQ(this=occurred_at("v"), expression=exp.column("last_at", table="v"))
    conditions = scope.conditions(rule.last_where, fields, "v")
    return exp.select(*scan.grain_of("v")).distinct().from_(events.subquery("v")).where(is_last, *conditions)
