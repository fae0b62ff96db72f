"""What every verb may know while it is compiled."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from sqlglot import exp

from heddle.segments.catalog import Catalog, Field
from heddle.segments.compiler.clock import Clock
from heddle.segments.compiler.predicate import predicate
from heddle.segments.duration import Duration
from heddle.segments.event_rules import DidRule
from heddle.segments.operators import Operators, Where
from heddle.segments.segment import Segment


@dataclass(frozen=True)
class Scope:
    """`floors`: for an event, how long ago at most every member's last one is (from the rules beside)."""

    catalog: Catalog
    clock: Clock
    per: str | None
    floors: Mapping[str, Duration] = field(default_factory=dict)

    def condition(self, column: exp.Column, about: Field, operators: Operators) -> exp.Expr:
        return predicate(column, about, operators, self.clock, self.catalog.time_zone)

    def conditions(self, where: Where, fields: Mapping[str, Field], alias: str) -> list[exp.Expr]:
        """One condition per field of a `where:`."""
        return [
            self.condition(exp.column(fields[name].column, table=alias), fields[name], operators)
            for name, operators in where.items()
        ]


def scope_of(segment: Segment, catalog: Catalog, clock: Clock) -> Scope:
    return Scope(catalog, clock, segment.per, floors_of(segment))


def floors_of(segment: Segment) -> dict[str, Duration]:
    """A rule of the AND list such as `did: cart_updated, last_time: {newer_than: 24 hours}` lets `since:
    cart_updated` beside it skip older events: whoever has none newer is no member anyway."""
    floors: dict[str, Duration] = {}
    for rule in segment.rules:
        if isinstance(rule, DidRule) and rule.between is None:
            newer = rule.last_time.newer_than if rule.last_time else None
            floor = newer or rule.within_last
            if floor is not None:
                floors.setdefault(rule.did, floor)
    return floors
