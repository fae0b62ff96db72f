"""Which of a member's events a rule looks at, in time."""

from sqlglot import exp

from heddle.segments.compiler.nodes import day_start
from heddle.segments.compiler.occurrence import carried, later_than, occurred_at
from heddle.segments.compiler.scope import Scope
from heddle.segments.duration import Duration
from heddle.segments.event_rules import EventRule


def window_of(rule: EventRule, scope: Scope) -> list[exp.Expr]:
    """Half-open: after the start, up to as_of. Calendar days of `between` are whole days where the workspace is."""
    if rule.between is not None:
        first, last = rule.between
        zone = scope.catalog.time_zone
        return [
            exp.GTE(this=occurred_at("e"), expression=day_start(first, zone)),
            exp.LT(this=occurred_at("e"), expression=day_start(last, zone, plus_days=1)),
        ]
    if rule.since is not None:
        after = [later_than("e", exp.column("last_at", table="s"))]
        floor = scope.floors.get(rule.since)
        return [*after, later_than("e", scope.clock.ago(floor))] if floor else after
    start = start_of(rule)
    return [later_than("e", scope.clock.ago(start))] if start else []


def start_of(rule: EventRule) -> Duration | None:
    """How long ago the window begins. `last_time: {newer_than: 24 hours}` alone is answered from 24 hours of events."""
    if rule.within_last is not None:
        return rule.within_last
    if rule.regularly is not None:
        return rule.regularly.back(rule.regularly.at_least.periods)
    if rule.last_time is None or rule.count or rule.distinct or rule.first_time or rule.aggregates() or rule.favourite:
        return None
    return rule.last_time.newer_than


_LONG = 60  # days: from here on two looks at spans cost less than one at the events of a window (decision 0012)


def asks_for_spans(rule: EventRule, scope: Scope) -> bool:
    """Whether the rule asks of all events of its name, from the first to as_of, no more than when and how often.

    A member key, a filter and the value of a field are of single events. So is a window: it is read from the events
    that it is about, which are fewer. Which event is the last needs no window, but is read from one that is short.
    After a `since`, only whether there is a later event and which is the last are known from all of them.
    """
    if rule.where or rule.last_where or rule.aggregates() or rule.distinct or rule.favourite or rule.regularly:
        return False
    if rule.between or rule.within_last or carried(rule.event, scope):
        return False
    if rule.since is None:
        start = start_of(rule)
        return start is None or start.days >= _LONG
    return not (rule.count or rule.first_time or scope.floors.get(rule.since))
