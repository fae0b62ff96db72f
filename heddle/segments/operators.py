"""What can be asked of one value: a trait, a field of an event, a field of a related record."""

import re
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BeforeValidator, Field, model_validator

from heddle.segments.duration import HumanDuration
from heddle.segments.values import Count, Day, Number, Strict, Value, Values, YesNo

# Which operators a type understands; `is_set` is understood by all.
EQUALITY = frozenset({"is", "is_not", "one_of", "not_one_of"})
ORDER = frozenset({"above", "at_least", "below", "at_most", "between"})
WORDS = frozenset({"contains", "starts_with", "ends_with", "matches"})
MOMENTS = frozenset({"in_last", "in_next", "older_than", "further_than", "on", "before", "after"})
ANNIVERSARIES = frozenset({"anniversary_in", "anniversary_month"})
LISTS = frozenset({"includes_any", "includes_all", "size"})
BY_TYPE: dict[str, frozenset[str]] = {
    "text": EQUALITY | WORDS,
    "number": EQUALITY | ORDER,
    "boolean": frozenset({"is", "is_not"}),
    "date": EQUALITY | MOMENTS | ANNIVERSARIES,
    "datetime": MOMENTS | ANNIVERSARIES,
    "list": LISTS,
}
_NOT_PORTABLE = re.compile(r"\(\?|\\[1-9]|[*+?}]\+")


def _portable_pattern(value: str) -> str:
    if len(value) > 200 or _NOT_PORTABLE.search(value):
        raise ValueError("look-around, groups (?...), back references and possessive repeats are not portable")
    try:
        re.compile(value)
    except re.error as error:
        raise ValueError(f"not a regular expression: {error.msg}") from None
    return value


def _part_of_text(value: object) -> object:
    if not isinstance(value, str) or not value:
        raise ValueError("a text is expected (put a number in quotes)")
    return value


def _pair(values: tuple[Any, ...]) -> tuple[Any, ...]:
    if len(values) != 2 or values[0] > values[1]:
        raise ValueError("`between` wants [lowest, highest]")
    return values


Part = Annotated[Value, AfterValidator(_part_of_text)]
Pattern = Annotated[Value, AfterValidator(_part_of_text), AfterValidator(_portable_pattern)]
Range = Annotated[tuple[Number, ...], Field(min_length=2, max_length=2), AfterValidator(_pair)]


class Amount(Strict):
    """A comparison of one number; conditions are AND-ed."""

    above: Number | None = None
    at_least: Number | None = None
    below: Number | None = None
    at_most: Number | None = None
    between: Range | None = None
    exactly: Number | None = None

    @model_validator(mode="after")
    def _says_something(self) -> "Amount":
        if not self.comparisons():
            raise ValueError("a comparison is missing, such as `above: 150`")
        return self

    def comparisons(self) -> dict[str, Any]:
        """What was written, by key."""
        names = ("above", "at_least", "below", "at_most", "between", "exactly")
        return {name: getattr(self, name) for name in names if getattr(self, name) is not None}


class Size(Strict):
    at_least: Count | None = None
    at_most: Count | None = None
    exactly: Count | None = None

    @model_validator(mode="after")
    def _says_something(self) -> "Size":
        if not self.comparisons():
            raise ValueError("a comparison is missing, such as `at_least: 2`")
        if self.at_least is not None and self.at_most is not None and self.at_least > self.at_most:
            raise ValueError("`at_least` is above `at_most`: nothing can match")
        return self

    def comparisons(self) -> dict[str, Any]:
        """What was written, by key."""
        names = ("at_least", "at_most", "exactly")
        return {name: getattr(self, name) for name in names if getattr(self, name) is not None}


class Operators(Strict):
    """Conditions on one value, AND-ed. A missing value matches only is_not, not_one_of and `is_set: no`."""

    is_: Value | None = Field(None, alias="is")
    is_not: Value | None = None
    one_of: Values | None = None
    not_one_of: Values | None = None
    above: Number | None = None
    at_least: Number | None = None
    below: Number | None = None
    at_most: Number | None = None
    between: Range | None = None
    contains: Part | None = None
    starts_with: Part | None = None
    ends_with: Part | None = None
    matches: Pattern | None = None
    is_set: YesNo | None = None
    includes_any: Values | None = None
    includes_all: Values | None = None
    size: Size | None = None
    in_last: HumanDuration | None = None
    in_next: HumanDuration | None = None
    older_than: HumanDuration | None = None
    further_than: HumanDuration | None = None
    on: Day | None = None
    before: Day | None = None
    after: Day | None = None
    anniversary_in: HumanDuration | None = None
    anniversary_month: Literal["last", "this", "next"] | None = None

    @model_validator(mode="after")
    def _says_something(self) -> "Operators":
        if not self.conditions():
            raise ValueError("a condition is missing, such as `is`, `above` or `is_set`")
        return self

    def conditions(self) -> dict[str, Any]:
        """What was written: operator as in the file -> value."""
        return {name: value for name, value in self._written() if value is not None}

    def _written(self) -> list[tuple[str, Any]]:
        fields = Operators.model_fields
        return [(field.alias or name, getattr(self, name)) for name, field in fields.items()]


def _shorthand(value: object) -> object:
    """`where: {status: open}` is `where: {status: {is: open}}`."""
    return value if isinstance(value, dict) else {"is": value}


Where = dict[str, Annotated[Operators, BeforeValidator(_shorthand)]]
