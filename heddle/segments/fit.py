"""Does a condition fit the type of the value that it is about?"""

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

from heddle.segments.catalog import Field
from heddle.segments.fault import Finding, Path, did_you_mean, shown
from heddle.segments.operators import BY_TYPE, EQUALITY, Operators, Where

_EXAMPLES = {
    "text": "a text",
    "number": "a number",
    "boolean": "yes or no",
    "date": "a day such as 2026-03-08",
    "datetime": "a day such as 2026-03-08",
    "list": "a list",
}


def check_where(where: Where, fields: Mapping[str, Field], path: Path, owner: str) -> Iterator[Finding]:
    """The conditions of a `where:` on the fields of `owner`."""
    for name, operators in where.items():
        if name in fields:
            yield from check_operators(operators, fields[name], (*path, name))
        else:
            yield unknown_field(name, fields, (*path, name), owner)


def unknown_field(word: str, fields: Mapping[str, Field], path: Path, owner: str) -> Finding:
    """A field that the event or relation `owner` does not have."""
    hint = did_you_mean(word, fields)
    return Finding(path, f"{owner} has no field {shown(word)}", hint, at_key=path[-1] == word)


def check_operators(operators: Operators, field: Field, path: Path) -> Iterator[Finding]:
    """The conditions on one value."""
    understood = BY_TYPE[field.type] | {"is_set"}
    for name, value in operators.conditions().items():
        if name not in understood:
            hint = f"{field.type} understands {', '.join(sorted(understood))}"
            yield Finding(
                (*path, name),
                f"`{name}` does not fit `{field.name}`, which is {field.type}",
                hint,
                at_key=True,
            )
        elif name in EQUALITY:
            yield from _values(value, field, (*path, name))
        elif name in ("in_last", "in_next", "older_than", "further_than", "anniversary_in"):
            yield from _whole_days(name, value, field, (*path, name))


def _values(value: Any, field: Field, path: Path) -> Iterator[Finding]:
    for item in value if isinstance(value, tuple) else (value,):
        if not fits(item, field.type):
            hint = "put it in quotes if it is a text" if field.type == "text" else ""
            what = f"`{field.name}` is {field.type} and wants {_EXAMPLES[field.type]}, not {shown(item)}"
            yield Finding(path, what, hint)


def fits(value: object, kind: str) -> bool:
    """Whether an equality with the value makes sense for the type."""
    match kind:
        case "text":
            return isinstance(value, str)
        case "number":
            return isinstance(value, int | float) and not isinstance(value, bool)
        case "boolean":
            return isinstance(value, bool) or str(value).lower() in ("yes", "no")
        case _:
            return isinstance(value, str) and _is_day(value)


def _is_day(text: str) -> bool:
    try:
        return len(text) == 10 and bool(date.fromisoformat(text))
    except ValueError:
        return False


def _whole_days(name: str, duration: Any, field: Field, path: Path) -> Iterator[Finding]:
    if (field.type == "date" or name == "anniversary_in") and not duration.whole_days:
        yield Finding(path, f"`{field.name}` is counted in days: {shown(str(duration))} is too fine")
