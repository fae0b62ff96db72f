"""One value against the operators of the language. Missing is None; wanted values are the text of the file."""

import re
from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

from naive_time import Clock, is_anniversary, month_beside, shifted

# What a missing value matches (SEGMENTS.md 3.6).
MATCHED_BY_NOTHING = {"is_not", "not_one_of"}


def fulfils(value: Any, kind: str, operators: Mapping[str, Any], clock: Clock) -> bool:
    """Whether the value, of the type `kind`, fulfils every operator."""
    return all(_fulfils_one(value, kind, name, wanted, clock) for name, wanted in operators.items())


def compares(value: float | None, operators: Mapping[str, Any]) -> bool:
    """Whether a number, such as a count or a sum, fulfils every comparison."""
    return value is not None and all(NUMBERS[name](value, wanted) for name, wanted in operators.items())


def is_yes(text: str) -> bool:
    return text.lower() in ("yes", "true")


def _fulfils_one(value: Any, kind: str, name: str, wanted: Any, clock: Clock) -> bool:
    if name == "is_set":
        return (value is not None) == is_yes(wanted)
    if value is None:
        return name in MATCHED_BY_NOTHING
    if name in ("is", "is_not"):
        return (value == _read(wanted, kind)) == (name == "is")
    if name in ("one_of", "not_one_of"):
        return (value in [_read(item, kind) for item in wanted]) == (name == "one_of")
    if kind == "number":
        return NUMBERS[name](value, wanted)
    if kind == "text":
        return TEXTS[name](value, wanted)
    if kind == "list":
        return _of_list(value, name, wanted)
    return _of_moment(value, name, wanted, clock)


def _read(text: str, kind: str) -> Any:
    match kind:
        case "number":
            return float(text)
        case "boolean":
            return is_yes(text)
        case "date":
            return date.fromisoformat(text)
    return text


NUMBERS: dict[str, Callable[[float, Any], bool]] = {
    "above": lambda value, wanted: value > float(wanted),
    "at_least": lambda value, wanted: value >= float(wanted),
    "below": lambda value, wanted: value < float(wanted),
    "at_most": lambda value, wanted: value <= float(wanted),
    "exactly": lambda value, wanted: value == float(wanted),
    "between": lambda value, wanted: float(wanted[0]) <= value <= float(wanted[1]),
}
TEXTS: dict[str, Callable[[str, str], bool]] = {
    "contains": lambda value, wanted: wanted in value,
    "starts_with": lambda value, wanted: value.startswith(wanted),
    "ends_with": lambda value, wanted: value.endswith(wanted),
    "matches": lambda value, wanted: re.search(wanted, value) is not None,
}


def _of_list(value: list[str], name: str, wanted: Any) -> bool:
    if name == "size":
        return compares(len(value), wanted)
    found = [item in value for item in wanted]
    return any(found) if name == "includes_any" else all(found)


def _of_moment(value: date, name: str, wanted: Any, clock: Clock) -> bool:
    if name in ("on", "before", "after", "anniversary_in", "anniversary_month"):
        return _of_day(clock.day(value), name, wanted, clock)
    # a date is compared with today, an instant with as_of
    now: Any = clock.today if type(value) is date else clock.as_of
    match name:
        case "in_last":
            return shifted(now, wanted, -1) < value <= now
        case "older_than":
            return value <= shifted(now, wanted, -1)
        case "in_next":
            return now < value <= shifted(now, wanted, +1)
        case "further_than":
            return value > shifted(now, wanted, +1)
    raise NotImplementedError(name)


def _of_day(day: date, name: str, wanted: str, clock: Clock) -> bool:
    match name:
        case "on":
            return day == date.fromisoformat(wanted)
        case "before":
            return day < date.fromisoformat(wanted)
        case "after":
            return day > date.fromisoformat(wanted)
        case "anniversary_in":
            return is_anniversary(day, shifted(clock.today, wanted, +1))
    return day.month == month_beside(clock.today.month, wanted)
