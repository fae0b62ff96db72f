"""did / did_not -> the members whose events satisfy the rule."""

from sqlglot import exp

from heddle.segments.catalog import EVENTS_TABLE
from heddle.segments.compiler.nodes import all_of, as_text, compare, day_start, missing, table
from heddle.segments.compiler.scope import Scope
from heddle.segments.duration import Duration
from heddle.segments.rules import EventRule, Moments

_AGGREGATES = {"sum": exp.Sum, "average": exp.Avg, "minimum": exp.Min, "maximum": exp.Max}


def event_members(rule: EventRule, scope: Scope) -> exp.Select:
    """One row per profile, or per profile and member key, for which the rule holds."""
    key = _member_key(rule, scope)
    grain = [exp.column("profile_id", table="e"), *([key] if key else [])]
    query = exp.select(exp.column("profile_id", table="e")).from_(table(EVENTS_TABLE, "profiles", "e"))
    if key:
        query = query.select(exp.alias_(as_text(key.copy()), "member_key"))
    if rule.since is not None:
        query = _join_anchor(query, rule, scope)
    known = [exp.Not(this=missing(key))] if key else []
    query = query.where(*_scan(rule, scope), *known)
    having = _having(rule, scope)
    return query.group_by(*grain).having(*having) if having else query.distinct()


def _member_key(rule: EventRule, scope: Scope) -> exp.Column | None:
    """The event's own field, else that of the event it is compared with."""
    for word, alias in ((rule.event, "e"), (rule.since, "s")):
        if word is not None and scope.per is not None and scope.catalog.carries(word, scope.per):
            return exp.column(scope.catalog.event_fields(word)[scope.per].column, table=alias)
    return None


def _scan(rule: EventRule, scope: Scope) -> list[exp.Expr]:
    """Name and time first, as constants of this very scan: `profile_events` is ordered by them."""
    conditions = [_is_event(rule.event, "e", scope), *_window(rule, scope)]
    conditions.append(scope.clock.until_now(_occurred_at("e")))
    return conditions + scope.conditions(rule.where, scope.catalog.event_fields(rule.event), "e")


def _is_event(word: str, alias: str, scope: Scope) -> exp.Expr:
    names = [exp.Literal.string(name) for name in scope.catalog.event_names(word)]
    column = exp.column("event", table=alias)
    return exp.In(this=column, expressions=names) if len(names) > 1 else exp.EQ(this=column, expression=names[0])


def _occurred_at(alias: str) -> exp.Column:
    return exp.column("occurred_at", table=alias)


def _later_than(alias: str, limit: exp.Expr) -> exp.Expr:
    return exp.GT(this=_occurred_at(alias), expression=limit)


def _window(rule: EventRule, scope: Scope) -> list[exp.Expr]:
    """Half-open: after the start, up to as_of. Calendar days of `between` are whole days where they are."""
    if rule.within_last is not None:
        return [_later_than("e", scope.clock.ago(rule.within_last))]
    if rule.between is not None:
        first, last = rule.between
        zone = scope.catalog.time_zone
        return [
            exp.GTE(this=_occurred_at("e"), expression=day_start(first, zone)),
            exp.LT(this=_occurred_at("e"), expression=day_start(last, zone, plus_days=1)),
        ]
    if rule.since is not None:
        after = [_later_than("e", exp.column("last_at", table="s"))]
        floor = scope.floors.get(rule.since)
        return [*after, _later_than("e", scope.clock.ago(floor))] if floor else after
    newest = _newest_only(rule)
    return [_later_than("e", scope.clock.ago(newest))] if newest else []


def _newest_only(rule: EventRule) -> Duration | None:
    """`last_time: {newer_than: 24 hours}` alone can be answered from the last 24 hours of events."""
    if rule.last_time is None or rule.count or rule.distinct or rule.first_time or rule.aggregates():
        return None
    return rule.last_time.newer_than


def _join_anchor(query: exp.Select, rule: EventRule, scope: Scope) -> exp.Select:
    """`since: X` is the last X of the same person, and of the same member key where both events carry it."""
    word = str(rule.since)
    same = [exp.EQ(this=exp.column("profile_id", table="s"), expression=exp.column("profile_id", table="e"))]
    anchor_key = _carried(word, scope)
    event_key = _carried(rule.event, scope)
    if anchor_key and event_key:
        same.append(exp.EQ(this=exp.column(anchor_key, table="s"), expression=exp.column(event_key, table="e")))
    anchor = _anchor(word, anchor_key, scope)
    return query.join(anchor.subquery("s"), on=all_of(list(same)), join_type="inner")


def _carried(word: str, scope: Scope) -> str | None:
    if scope.per is None or not scope.catalog.carries(word, scope.per):
        return None
    return scope.catalog.event_fields(word)[scope.per].column


def _anchor(word: str, key: str | None, scope: Scope) -> exp.Select:
    """The last X per profile, or per profile and key."""
    grain = [exp.column("profile_id", table="a"), *([exp.column(key, table="a")] if key else [])]
    last = exp.alias_(exp.Max(this=_occurred_at("a")), "last_at")
    floor = scope.floors.get(word)
    bounds = [_later_than("a", scope.clock.ago(floor))] if floor else []
    bounds.append(scope.clock.until_now(_occurred_at("a")))
    query = exp.select(*[column.copy() for column in grain], last).from_(table(EVENTS_TABLE, "profiles", "a"))
    return query.where(_is_event(word, "a", scope), *bounds).group_by(*grain)


def _having(rule: EventRule, scope: Scope) -> list[exp.Expr]:
    """Conditions on all the events that remain of one member."""
    fields = scope.catalog.event_fields(rule.event)
    conditions: list[exp.Expr] = []
    if rule.count:
        conditions += compare(exp.Count(this=exp.Star()), rule.count.comparisons())
    for name, aggregate in rule.aggregates().items():
        value = _AGGREGATES[name](this=exp.column(fields[aggregate.of].column, table="e"))
        conditions += compare(value, aggregate.comparisons())
    if rule.distinct:
        column = exp.column(fields[rule.distinct.of].column, table="e")
        conditions += compare(exp.Count(this=exp.Distinct(expressions=[column])), rule.distinct.comparisons())
    if rule.first_time:
        conditions += _moments(exp.Min(this=_occurred_at("e")), rule.first_time, scope)
    if rule.last_time:
        conditions += _moments(exp.Max(this=_occurred_at("e")), rule.last_time, scope)
    return conditions


def _moments(moment: exp.Expr, moments: Moments, scope: Scope) -> list[exp.Expr]:
    """`older_than` includes its limit, `newer_than` does not: (as_of - newer, as_of - older]."""
    found: list[exp.Expr] = []
    if moments.newer_than:
        found.append(exp.GT(this=moment.copy(), expression=scope.clock.ago(moments.newer_than)))
    if moments.older_than:
        found.append(exp.LTE(this=moment.copy(), expression=scope.clock.ago(moments.older_than)))
    return found
