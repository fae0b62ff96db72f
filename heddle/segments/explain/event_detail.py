"""What a `did` rule asks of the events that remain beside how many there are: sums, values, periods."""

from collections import Counter
from collections.abc import Callable, Iterator
from statistics import fmean
from typing import Any

from heddle.segments.catalog import Field
from heddle.segments.event_rules import EventRule
from heddle.segments.explain.shown import shown, some

Row = dict[str, Any]
_AGGREGATES: dict[str, Callable[[list[float]], float]] = {"sum": sum, "average": fmean, "minimum": min, "maximum": max}


def details(rule: EventRule, inside: list[Row], fields: dict[str, Field]) -> Iterator[str]:
    """One text per condition; `inside` are the events in the window, oldest first."""
    for name, aggregate in rule.aggregates().items():
        values = [float(row[aggregate.of]) for row in inside if row[aggregate.of] is not None]
        yield f"{name} of {aggregate.of} {shown(_AGGREGATES[name](values) if values else None)}"
    if rule.distinct:
        yield f"{len({row[rule.distinct.of] for row in inside} - {None}):,} different {rule.distinct.of}"
    if rule.favourite:
        yield _favourite(rule.favourite.of, inside, fields)
    for name in rule.last_where:
        last = [row[name] for row in inside if row["occurred_at"] == inside[-1]["occurred_at"]]
        yield f"the last one's {name}: {some([shown(value, fields[name].pii) for value in last])}"
    if rule.regularly:
        periods = {row["period"] for row in inside}
        yield f"in {len(periods)} of the last {rule.regularly.at_least.periods} {rule.regularly.every}s"


def named_fields(rule: EventRule) -> set[str]:
    """The fields that the details need."""
    named = {one.of for one in rule.aggregates().values()} | set(rule.last_where)
    named |= {rule.distinct.of} if rule.distinct else set()
    return named | ({rule.favourite.of} if rule.favourite else set())


def _favourite(name: str, inside: list[Row], fields: dict[str, Field]) -> str:
    counts = Counter(row[name] for row in inside if row[name] is not None)
    values = [f"{shown(value, fields[name].pii)} ({often:,})" for value, often in counts.most_common()]
    return f"{name}: {some(values) or 'no value'}"
