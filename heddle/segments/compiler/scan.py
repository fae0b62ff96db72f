"""One scan of `profile_events`: the events of a rule that are in its window and pass its filter."""

from dataclasses import dataclass

from sqlglot import exp

from heddle.segments.catalog import EVENTS_TABLE
from heddle.segments.compiler.nodes import all_of, as_text, day_start, missing, table
from heddle.segments.compiler.scope import Scope
from heddle.segments.duration import Duration
from heddle.segments.event_rules import EventRule

PROFILE_ID = "profile_id"


@dataclass(frozen=True)
class Scan:
    """FROM and WHERE of a rule, without columns. `key`: the member key, of the event or of the one behind `since`."""

    source: exp.Select
    key: exp.Column | None

    def grain(self) -> list[exp.Expr]:
        """What a member is: the profile, or the profile and its key."""
        return [exp.column(PROFILE_ID, table="e"), *([self.key.copy()] if self.key else [])]

    def named_grain(self) -> list[exp.Expr]:
        """The same as columns of a relation: profile_id, and member_key where there is one."""
        key = [exp.alias_(as_text(self.key.copy()), "member_key")] if self.key else []
        return [exp.column(PROFILE_ID, table="e"), *key]

    def grain_of(self, alias: str) -> list[exp.Expr]:
        """The columns of `named_grain` where they are read again."""
        return [exp.column(name, table=alias) for name in (PROFILE_ID, *(["member_key"] if self.key else []))]


def scan_of(rule: EventRule, scope: Scope) -> Scan:
    """Name and time first, as constants of this very scan: `profile_events` is ordered by them."""
    key = _member_key(rule, scope)
    query = exp.select().from_(table(EVENTS_TABLE, "profiles", "e"))
    if rule.since is not None:
        query = _join_anchor(query, rule, scope)
    conditions = [is_event(rule.event, "e", scope), *_window(rule, scope), scope.clock.until_now(occurred_at("e"))]
    conditions += scope.conditions(rule.where, scope.catalog.event_fields(rule.event), "e")
    known = [exp.Not(this=missing(key))] if key else []
    return Scan(query.where(*conditions, *known), key)


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


def _member_key(rule: EventRule, scope: Scope) -> exp.Column | None:
    """The event's own field, else that of the event it is compared with."""
    for word, alias in ((rule.event, "e"), (rule.since, "s")):
        column = carried(word, scope) if word is not None else None
        if column is not None:
            return exp.column(column, table=alias)
    return None


def _window(rule: EventRule, scope: Scope) -> list[exp.Expr]:
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


def _join_anchor(query: exp.Select, rule: EventRule, scope: Scope) -> exp.Select:
    """`since: X` is the last X of the same person, and of the same member key where both events carry it."""
    word = str(rule.since)
    same = [exp.EQ(this=exp.column(PROFILE_ID, table="s"), expression=exp.column(PROFILE_ID, table="e"))]
    anchor_key = carried(word, scope)
    event_key = carried(rule.event, scope)
    if anchor_key and event_key:
        same.append(exp.EQ(this=exp.column(anchor_key, table="s"), expression=exp.column(event_key, table="e")))
    anchor = _anchor(word, anchor_key, scope)
    return query.join(anchor.subquery("s"), on=all_of(list(same)), join_type="inner")


def _anchor(word: str, key: str | None, scope: Scope) -> exp.Select:
    """The last X per profile, or per profile and key."""
    grain = [exp.column(PROFILE_ID, table="a"), *([exp.column(key, table="a")] if key else [])]
    last = exp.alias_(exp.Max(this=occurred_at("a")), "last_at")
    floor = scope.floors.get(word)
    bounds = [later_than("a", scope.clock.ago(floor))] if floor else []
    bounds.append(scope.clock.until_now(occurred_at("a")))
    query = exp.select(*[column.copy() for column in grain], last).from_(table(EVENTS_TABLE, "profiles", "a"))
    return query.where(is_event(word, "a", scope), *bounds).group_by(*grain)
