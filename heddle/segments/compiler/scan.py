"""One scan of `profile_events`: the events of a rule that are in its window and pass its filter. Or of their spans."""

from dataclasses import dataclass

from sqlglot import exp

from heddle.segments.catalog import EVENTS_TABLE
from heddle.segments.compiler.nodes import all_of, as_text, missing, table
from heddle.segments.compiler.occurrence import PROFILE_ID, carried, is_event, later_than, occurred_at
from heddle.segments.compiler.scope import Scope
from heddle.segments.compiler.spans import begun_spans, spans_up_to_now
from heddle.segments.compiler.window import asks_for_spans, start_of, window_of
from heddle.segments.event_rules import EventRule


@dataclass(frozen=True)
class Scan:
    """FROM and WHERE of a rule, without columns. `key`: the member key, of the event or of the one behind `since`.

    `first`, `last` and `often` are aggregates of the rows of one member."""

    source: exp.Select
    key: exp.Column | None
    first: exp.Expr
    last: exp.Expr
    often: exp.Expr

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
    if asks_for_spans(rule, scope):
        return _scan_of_spans(rule, key, scope)
    query = exp.select().from_(table(EVENTS_TABLE, "profiles", "e"))
    if rule.since is not None:
        query = _join_anchor(query, rule, scope)
    conditions = [is_event(rule.event, "e", scope), *window_of(rule, scope), scope.clock.until_now(occurred_at("e"))]
    conditions += scope.conditions(rule.where, scope.catalog.event_fields(rule.event), "e")
    known = [exp.Not(this=missing(key))] if key else []
    moment = occurred_at("e")
    return Scan(
        query.where(*conditions, *known), key, exp.Min(this=moment), exp.Max(this=moment), exp.Count(this=exp.Star())
    )


def _scan_of_spans(rule: EventRule, key: exp.Column | None, scope: Scope) -> Scan:
    """The beginnings alone, where nothing is asked about the last event or their number."""
    first, last = exp.column("first_at", table="e"), exp.column("last_at", table="e")
    query = begun_spans(rule.event, scope)
    if rule.last_time or rule.count or rule.since:
        query = exp.select().from_(spans_up_to_now(rule.event, scope).subquery("e"))
    if rule.since is not None:
        later = exp.GT(this=last.copy(), expression=exp.column("last_at", table="s"))
        query = _join_anchor(query, rule, scope).where(later)
    elif start := start_of(rule):
        query = query.where(exp.GT(this=last.copy(), expression=scope.clock.ago(start)))
    known = [exp.Not(this=missing(key))] if key else []
    often = exp.Sum(this=exp.column("events", table="e"))
    return Scan(query.where(*known), key, exp.Min(this=first), exp.Max(this=last), often)


def _member_key(rule: EventRule, scope: Scope) -> exp.Column | None:
    """The event's own field, else that of the event it is compared with."""
    for word, alias in ((rule.event, "e"), (rule.since, "s")):
        column = carried(word, scope) if word is not None else None
        if column is not None:
            return exp.column(column, table=alias)
    return None


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
    floor = scope.floors.get(word)
    if key is None and floor is None:
        last = exp.alias_(exp.Max(this=exp.column("last_at", table="a")), "last_at")
        person = exp.column(PROFILE_ID, table="a")
        spans = spans_up_to_now(word, scope).subquery("a")
        return exp.select(person, last).from_(spans).group_by(person.copy())
    grain = [exp.column(PROFILE_ID, table="a"), *([exp.column(key, table="a")] if key else [])]
    last = exp.alias_(exp.Max(this=occurred_at("a")), "last_at")
    bounds = [later_than("a", scope.clock.ago(floor))] if floor else []
    bounds.append(scope.clock.until_now(occurred_at("a")))
    query = exp.select(*[column.copy() for column in grain], last).from_(table(EVENTS_TABLE, "profiles", "a"))
    return query.where(is_event(word, "a", scope), *bounds).group_by(*grain)
