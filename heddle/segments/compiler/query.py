"""The whole segment: one relation per rule, one candidate relation, one condition per rule."""

from dataclasses import dataclass, field
from typing import Any

from sqlglot import exp

from heddle.segments.catalog import PROFILES_TABLE, Catalog
from heddle.segments.compiler.clock import Clock
from heddle.segments.compiler.history import held_members
from heddle.segments.compiler.members import members_of_rule
from heddle.segments.compiler.near import is_near
from heddle.segments.compiler.nodes import all_of, any_of, as_text, cte, table
from heddle.segments.compiler.raw_sql import with_own_names
from heddle.segments.compiler.relations import (
    segment_members,
    told_fields,
)
from heddle.segments.compiler.scope import Scope, scope_of
from heddle.segments.compiler.splits import TOP_COLUMN, WORKING_COLUMNS, best_people, with_splits
from heddle.segments.event_rules import DidNotRule, DidRule
from heddle.segments.near import NearRule
from heddle.segments.raw_sql import KEYS, TAKEN, SqlRule, output_names, read_sql
from heddle.segments.rules import (
    AllOfRule,
    AnyOfRule,
    EnteredRule,
    HasNoRule,
    HasRule,
    InListRule,
    InSegmentRule,
    LeftRule,
    NoneOfRule,
    NotInSegmentRule,
    TraitRule,
)
from heddle.segments.segment import Segment
from heddle.segments.sequence import SequenceRule
from heddle.segments.vocabulary import is_keyed, positive, walk

KEY_COLUMNS = ("profile_id", "member_key")
_RESERVED = {*KEY_COLUMNS, *TAKEN, *WORKING_COLUMNS}
_DRIVERS = (DidRule, SequenceRule, HasRule, InSegmentRule, EnteredRule, LeftRule, InListRule, SqlRule)
_OLDER = (HasRule, InSegmentRule, EnteredRule, LeftRule)
_NEGATIONS = (DidNotRule, HasNoRule, NotInSegmentRule)


def compile_segment(segment: Segment, catalog: Catalog, clock: Clock) -> exp.Select:
    """The members of a checked segment at the clock's instant: profile_id, member_key, payload columns.

    One row per (profile_id, member_key); the key is empty text without `per`. Pure and deterministic.
    """
    scope = scope_of(segment, catalog, clock)
    builder = RuleRelations(scope)
    drivers = drivers_of(segment, scope)
    source = builder.candidates(drivers)
    kept = [rule for rule in segment.rules if len(drivers) != 1 or rule is not drivers[0]]
    conditions = [builder.condition(rule) for rule in kept]
    conditions += [exp.Not(this=builder.exists(segment_members(name, scope), False)) for name in segment.exclude]
    if segment.top and segment.top.of:
        conditions.append(builder.exists(best_people(segment.top, scope), False))
    query = exp.select(*_columns(segment, scope, drivers, builder.person)).from_(source)
    if drivers and _needs_profiles(segment, drivers):
        query = query.join(table(PROFILES_TABLE, "profiles", "p"), on=_same_person("p", "m"), join_type="inner")
    if conditions:
        query = query.where(*conditions)
    columns = [*KEY_COLUMNS, *payload_columns(segment, catalog)]
    query = with_splits(query, columns, segment)
    for name, relation in builder.relations.items():
        query = query.with_(name, as_=relation)
    return query


def payload_columns(segment: Segment, catalog: Catalog) -> list[str]:
    """The columns that the rules name, kept beside the membership; personal data is not copied there."""
    scope = Scope(catalog, _NO_CLOCK, segment.per)
    names = [name for name, _ in payload_of(segment, scope, drivers_of(segment, scope))]
    return ([segment.per] if segment.per else []) + names


@dataclass
class RuleRelations:
    """Collects one named relation per rule, in the order of the file; `person`: the alias that conditions ask about."""

    scope: Scope
    relations: dict[str, exp.Query] = field(default_factory=dict)
    person: str = "p"

    def add(self, query: exp.Query) -> str:
        name = f"rule_{len(self.relations) + 1}"
        self.relations[name] = with_own_names(query, name)
        return name

    def candidates(self, drivers: list[Any]) -> exp.Expr:
        """Who may be a member: the first positive rule, or everybody when there is none."""
        if not drivers:
            return table(PROFILES_TABLE, "profiles", "p")
        self.person = "m"
        if len(drivers) == 1:
            return cte(self.add(self.members(drivers[0])), "m")
        names = [self.add(self.members(rule)) for rule in drivers]
        keys = [exp.select(*KEY_COLUMNS).from_(exp.Table(this=exp.to_identifier(name))) for name in names]
        return cte(self.add(exp.union(*keys, distinct=True)), "m")

    def members(self, rule: Any) -> exp.Query:
        """The relation of one rule that finds members."""
        return members_of_rule(rule, self.scope)

    def condition(self, rule: Any) -> exp.Expr:
        """Whether a candidate satisfies the rule."""
        match rule:
            case TraitRule():
                return self._trait(rule)
            case NearRule():
                return is_near(rule.near, self.scope, "p")
            case AnyOfRule():
                return exp.paren(any_of([self.condition(inner) for inner in rule.any_of]))
            case AllOfRule():
                return exp.paren(all_of([self.condition(inner) for inner in rule.all_of]))
            case NoneOfRule():
                return _not(any_of([self.condition(inner) for inner in rule.none_of]))
        found = self.exists(self.members(rule), is_keyed(rule, self.scope.per, self.scope.catalog))
        return exp.Not(this=found) if isinstance(rule, _NEGATIONS) else found

    def _trait(self, rule: TraitRule) -> exp.Expr:
        """The value now, and with `for_at_least` in all of its history since then."""
        trait = self.scope.catalog.traits[rule.trait]
        now = self.scope.condition(exp.column(trait.column, table="p"), trait, rule)
        if rule.for_at_least is None:
            return now
        return all_of([now, self.exists(held_members(rule, trait, rule.for_at_least, self.scope), False)])

    def exists(self, members: exp.Query, keyed: bool) -> exp.Exists:
        same: list[exp.Expr] = [_same_person("r", self.person)]
        if keyed:
            same.append(
                exp.EQ(this=exp.column("member_key", table="r"), expression=exp.column("member_key", table="m"))
            )
        return exp.Exists(this=exp.select("1").from_(cte(self.add(members), "r")).where(*same))


def _not(condition: exp.Expr) -> exp.Expr:
    """Not true; a comparison with a missing value is not true either."""
    return exp.Not(this=exp.Coalesce(this=exp.paren(condition), expressions=[exp.false()]))


def _same_person(one: str, other: str) -> exp.EQ:
    return exp.EQ(this=exp.column("profile_id", table=one), expression=exp.column("profile_id", table=other))


def drivers_of(segment: Segment, scope: Scope) -> list[Any]:
    """The rules that members come from: one of the AND list, else every keyed one of the alternatives."""
    if segment.per is None:
        return [rule for rule in segment.rules if isinstance(rule, _DRIVERS)][:1]
    keyed = [rule for rule in segment.rules if isinstance(rule, _DRIVERS) and _keyed(rule, scope)]
    if keyed:
        return keyed[:1]
    return [rule for _, rule in positive(segment) if _keyed(rule, scope)]


def _keyed(rule: Any, scope: Scope) -> bool:
    return is_keyed(rule, scope.per, scope.catalog)


def _needs_profiles(segment: Segment, drivers: list[Any]) -> bool:
    """Also where stored stays or related records may be older than the profiles: who was merged since is no member."""
    if segment.top is not None or any(isinstance(rule, _OLDER) for rule in drivers):
        return True
    return any(isinstance(rule, TraitRule | NearRule) for _, rule in walk(segment))


def _columns(segment: Segment, scope: Scope, drivers: list[Any], person: str) -> list[exp.Expr]:
    key = exp.column("member_key", table="m") if segment.per else as_text(exp.Literal.string(""))
    columns = [
        exp.column("profile_id", table=person),
        exp.alias_(key, "member_key") if not segment.per else key,
    ]
    if segment.per:
        columns.append(exp.alias_(key.copy(), segment.per))
    columns += [exp.alias_(column, name) for name, column in payload_of(segment, scope, drivers)]
    if segment.top and segment.top.of is None:
        by = scope.catalog.traits[segment.top.by]
        columns.append(exp.alias_(exp.column(by.column, table="p"), TOP_COLUMN))
    return columns


def payload_of(segment: Segment, scope: Scope, drivers: list[Any]) -> list[tuple[str, exp.Column]]:
    named: dict[str, exp.Column] = {}
    if len(drivers) == 1 and isinstance(drivers[0], HasRule):
        named.update({f.name: exp.column(f.name, table="m") for f in told_fields(drivers[0], scope)})
    if len(drivers) == 1 and isinstance(drivers[0], SqlRule):
        told = output_names(read_sql(drivers[0].sql, scope.catalog))
        named.update({name: exp.column(name, table="m") for name in told if name not in KEYS})
    for rule in segment.rules:
        trait = scope.catalog.traits.get(rule.trait) if isinstance(rule, TraitRule) else None
        if trait and not trait.pii and trait.type != "list":
            named.setdefault(trait.name, exp.column(trait.column, table="p"))
    return [(name, column) for name, column in named.items() if name not in _RESERVED | {segment.per}]


_NO_CLOCK = Clock(exp.null(), exp.null())
