"""trait -> its value."""

from datetime import datetime

from sqlglot import exp

from heddle.segments.catalog import PROFILES_TABLE
from heddle.segments.compiler.nodes import table
from heddle.segments.explain.person import Person
from heddle.segments.explain.shown import shown
from heddle.segments.rules import TraitRule


def trait_fact(rule: TraitRule, person: Person) -> str:
    return trait_value(rule.trait, person)


def trait_value(name: str, person: Person) -> str:
    """The value of a trait, masked when it is personal."""
    trait = person.scope.catalog.traits[name]
    column = exp.alias_(exp.column(trait.column, table="p"), "value")
    (row,) = person.rows(exp.select(column).from_(table(PROFILES_TABLE, "profiles", "p")), "p")
    value = row["value"]
    if isinstance(value, datetime) and not trait.pii:
        return person.when(value)
    return shown(value, trait.pii)
