"""`profile_event_spans`: when each event happened first and last, and how often, for rules about the whole history.

The table knows nothing of as_of. A span that ends by then is read whole; of one that ends later, the single events up
to as_of are read instead. When as_of is the present there is no such span, and the scan of the events ends at once.
"""

from sqlglot import exp

from heddle.segments.catalog import EVENTS_TABLE, SPANS_TABLE
from heddle.segments.compiler.nodes import table, whole
from heddle.segments.compiler.occurrence import PROFILE_ID, is_event, occurred_at
from heddle.segments.compiler.scope import Scope

_COLUMNS = (PROFILE_ID, "first_at", "last_at", "events")


def begun_spans(word: str, scope: Scope) -> exp.Select:
    """FROM and WHERE of the spans that began by as_of, as `e`: `first_at` holds, their end may be later."""
    begun = scope.clock.until_now(exp.column("first_at", table="e"))
    return exp.select().from_(table(SPANS_TABLE, "profiles", "e")).where(is_event(word, "e", scope), begun)


def spans_up_to_now(word: str, scope: Scope) -> exp.Query:
    """profile_id, first_at, last_at, events: together the history of every profile up to as_of."""
    ended = exp.select(*[exp.column(name, table="s") for name in _COLUMNS]).from_(_spans())
    ended = ended.where(is_event(word, "s", scope), scope.clock.until_now(exp.column("last_at", table="s")))
    moments = [exp.alias_(occurred_at("e"), name) for name in ("first_at", "last_at")]
    single = exp.select(exp.column(PROFILE_ID, table="e"), *moments, exp.alias_(whole(1), "events"))
    single = single.from_(table(EVENTS_TABLE, "profiles", "e"))
    single = single.where(
        is_event(word, "e", scope), scope.clock.until_now(occurred_at("e")), exp.Exists(this=_goes_on(word, scope))
    )
    return exp.union(ended, single, distinct=False)


def _goes_on(word: str, scope: Scope) -> exp.Select:
    """The span of the event `e` ends after as_of."""
    later = exp.GT(this=exp.column("last_at", table="s"), expression=scope.clock.as_of.copy())
    same = [
        exp.EQ(this=exp.column(name, table="s"), expression=exp.column(name, table="e"))
        for name in (PROFILE_ID, "event")
    ]
    return exp.select("1").from_(_spans()).where(is_event(word, "s", scope), later, *same)


def _spans() -> exp.Table:
    return table(SPANS_TABLE, "profiles", "s")
