"""trait, near, top -> the value; with `for_at_least` since when it has been so."""

from datetime import datetime
from typing import Any

from sqlglot import exp

from heddle.segments.catalog import HISTORY_TABLE, PROFILES_TABLE, Field
from heddle.segments.compiler.nodes import table
from heddle.segments.explain.person import Person
from heddle.segments.explain.shown import shown, some
from heddle.segments.rules import TraitRule


def trait_fact(rule: TraitRule, person: Person) -> str:
    """The value today; with `for_at_least` the stored values and since when each was there, newest first."""
    return trait_value(rule.trait, person) if rule.for_at_least is None else _history(rule.trait, person)


def trait_value(name: str, person: Person) -> str:
    """The value of a trait, masked when it is personal."""
    trait = person.scope.catalog.traits[name]
    value = raw_value(trait, person)
    return person.when(value) if isinstance(value, datetime) and not trait.pii else shown(value, trait.pii)


def raw_value(trait: Field, person: Person) -> Any:
    """As the profile holds it: for the library, not for people."""
    column = exp.alias_(exp.column(trait.column, table="p"), "value")
    (row,) = person.rows(exp.select(column).from_(table(PROFILES_TABLE, "profiles", "p")), "p")
    return row["value"]


def _history(name: str, person: Person) -> str:
    trait, begun = person.scope.catalog.traits[name], exp.column("valid_from", table="h")
    query = exp.select(exp.column("value", table="h"), begun).from_(table(HISTORY_TABLE, "profiles", "h"))
    same = exp.EQ(this=exp.column("trait", table="h"), expression=exp.Literal.string(trait.column))
    query = query.where(same, person.scope.clock.until_now(begun.copy()))
    rows = person.rows(query.order_by(exp.Ordered(this=begun.copy(), desc=True, nulls_first=False)), "h")
    told = [f"{shown(row['value'], trait.pii)} since {person.when(row['valid_from'])}" for row in rows]
    return some(told) or "no history of it is kept for this person"
