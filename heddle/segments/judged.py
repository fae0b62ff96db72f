"""Every person beside the verdict of every rule: what the preview counts and the explanation shows.

The compiled segment asks whom all rules keep; this asks the same conditions one by one, in one statement.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlglot import exp

from heddle.segments.catalog import PROFILES_TABLE, Catalog
from heddle.segments.compiler import Clock
from heddle.segments.compiler.nodes import as_text, table
from heddle.segments.compiler.query import KEY_COLUMNS, RuleRelations, drivers_of, payload_of
from heddle.segments.compiler.relations import segment_members
from heddle.segments.compiler.scope import scope_of
from heddle.segments.compiler.splits import TOP_COLUMN, best_people, with_splits
from heddle.segments.fault import Path
from heddle.segments.segment import Segment
from heddle.segments.vocabulary import walk

JUDGED = "judged"
BEST = "is_best"


@dataclass(frozen=True)
class Judged:
    """`query` gives one row per profile, with `per` one per profile and candidate key (null when it has none):
    profile_id, member_key, the payload, and a boolean per entry of `verdicts` and of `excluded`.

    `verdicts` names the column of each rule by its path in the file, `excluded` that of each segment of `exclude`.
    """

    query: exp.Select
    verdicts: dict[Path, str]
    excluded: dict[str, str]
    payload: tuple[str, ...]

    def lines(self) -> dict[Path, str]:
        """The columns of the AND list alone, in its order."""
        return {path: column for path, column in self.verdicts.items() if len(path) == 2}


def judge(segment: Segment, catalog: Catalog, clock: Clock, inner: bool = False) -> Judged:
    """The verdicts of a checked segment; with `inner` also those of the rules inside groups."""
    scope = scope_of(segment, catalog, clock)
    relations = RuleRelations(scope)
    drivers = drivers_of(segment, scope)
    source = exp.select().from_(table(PROFILES_TABLE, "profiles", "p"))
    key: exp.Expr = as_text(exp.Literal.string(""))
    if segment.per:
        source = _with_candidates(source, relations, drivers)
        key = exp.column("member_key", table="m")
    relations.person = "p"
    rules = [(path, rule) for path, rule in walk(segment) if inner or len(path) == 2]
    named = {path: f"line_{'_'.join(str(step) for step in path if isinstance(step, int))}" for path, _ in rules}
    single = drivers[0] if segment.per and len(drivers) == 1 else None
    payload = [column for column in payload_of(segment, scope, drivers) if segment.per or column[1].table == "p"]
    query = source.select(exp.column("profile_id", table="p"), exp.alias_(key, "member_key"))
    query = query.select(*[exp.alias_(column, name) for name, column in payload])
    for path, rule in rules:
        found = _is_candidate() if rule is single else relations.condition(rule)
        query = query.select(exp.alias_(_decided(found), named[path]))
    excluded = {name: f"excluded_{i}" for i, name in enumerate(segment.exclude)}
    for name, column in excluded.items():
        query = query.select(exp.alias_(relations.exists(segment_members(name, scope), False), column))
    if segment.top and segment.top.of:
        best = relations.exists(best_people(segment.top, scope), False)
        query = query.select(exp.alias_(best, BEST))
    elif segment.top:
        by = catalog.traits[segment.top.by]
        query = query.select(exp.alias_(exp.column(by.column, table="p"), TOP_COLUMN))
    for name, relation in relations.relations.items():
        query = query.with_(name, as_=relation)
    return Judged(query, named, excluded, tuple(name for name, _ in payload))


def members_of(judged: Judged, segment: Segment) -> exp.Select:
    """The members among the rows of a table `judged`: what the compiled segment finds."""
    kept: list[exp.Expr] = [exp.column(column) for column in judged.lines().values()]
    kept += [exp.Not(this=exp.column(column)) for column in judged.excluded.values()]
    columns = [*KEY_COLUMNS, *judged.payload]
    if segment.top and segment.top.of:
        kept.append(exp.column(BEST))
    wanted = [*columns, TOP_COLUMN] if segment.top and segment.top.of is None else columns
    if segment.per:
        kept.append(_not_null("member_key"))
    query = exp.select(*[exp.column(name) for name in wanted]).from_(exp.to_identifier(JUDGED)).where(*kept)
    return with_splits(query, columns, segment)


def _with_candidates(source: exp.Select, relations: RuleRelations, drivers: Sequence[Any]) -> exp.Select:
    """Whoever has no candidate key stays, so that every line can be counted by itself."""
    candidates = relations.candidates(list(drivers))
    same = exp.EQ(this=exp.column("profile_id", table="m"), expression=exp.column("profile_id", table="p"))
    return source.join(candidates, on=same, join_type="left")


def _is_candidate() -> exp.Expr:
    return exp.Not(this=exp.Is(this=exp.column("profile_id", table="m"), expression=exp.Null()))


def _decided(condition: exp.Expr) -> exp.Expr:
    """A comparison with a missing value is not true."""
    return exp.Coalesce(this=condition, expressions=[exp.false()])


def _not_null(column: str) -> exp.Expr:
    return exp.Not(this=exp.Is(this=exp.column(column), expression=exp.Null()))
