"""The small parts of plain words: conditions, values, names."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from heddle.segments.catalog import Catalog
from heddle.segments.duration import Duration
from heddle.segments.operators import Operators

_OPERATORS = {
    "is": "is",
    "is_not": "is not",
    "one_of": "is one of",
    "not_one_of": "is none of",
    "above": "is above",
    "at_least": "is at least",
    "below": "is below",
    "at_most": "is at most",
    "between": "is between",
    "contains": "contains",
    "starts_with": "starts with",
    "ends_with": "ends with",
    "matches": "matches",
    "includes_any": "includes any of",
    "includes_all": "includes all of",
    "size": "has a number of values",
    "in_last": "is in the last",
    "in_next": "is in the next",
    "older_than": "is older than",
    "further_than": "is further away than",
    "on": "is on",
    "before": "is before",
    "after": "is after",
    "anniversary_in": "has its anniversary in",
    "anniversary_month": "has its anniversary in the month:",
    "exactly": "is",
}


def where(fields: Mapping[str, Operators]) -> str:
    """`where channel is web and ...`; empty without a condition."""
    parts = [f"{spaced(name)} {conditions(operators)}" for name, operators in fields.items()]
    return f"where {' and '.join(parts)}" if parts else ""


def conditions(operators: Operators) -> str:
    """`is above 5 and is below 9`"""
    return " and ".join(_condition(name, wanted) for name, wanted in operators.conditions().items())


def _condition(name: str, wanted: Any) -> str:
    if name == "is_set":
        return "is known" if wanted else "is not known"
    if name == "size":
        return f"has {comparisons(wanted.comparisons())} values"
    return f"{_OPERATORS[name]} {value(wanted)}"


def comparisons(written: Mapping[str, Any]) -> str:
    """`at least 2 and at most 5`"""
    return " and ".join(f"{spaced(name)} {value(wanted)}" for name, wanted in written.items())


def value(written: Any) -> str:
    """One value; texts with anything but letters and digits in quotes."""
    match written:
        case bool():
            return "yes" if written else "no"
        case tuple():
            return listed(written)
        case Duration() | date() | int() | float():
            return str(written)
    return str(written) if str(written).replace("_", "").isalnum() else f'"{written}"'


def listed(values: tuple[Any, ...]) -> str:
    """`a, b and c`"""
    words = [value(written) for written in values]
    return " and ".join([", ".join(words[:-1]), words[-1]] if len(words) > 1 else words)


def event_title(word: str, catalog: Catalog | None) -> str:
    """What the data team calls an event."""
    event = catalog.events.get(word) if catalog else None
    return event.title[:1].lower() + event.title[1:] if event and event.title else spaced(word)


def trait_title(word: str, catalog: Catalog | None) -> str:
    """What the data team calls a trait."""
    trait = catalog.traits.get(word) if catalog else None
    return trait.title if trait and trait.title else spaced(word)


def spaced(word: str | None) -> str:
    """A name as words."""
    return (word or "").replace("_", " ")
