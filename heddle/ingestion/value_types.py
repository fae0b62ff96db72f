"""The declared types of raw columns, and the SQL that turns a value into one of them, or into null.

Stricter than a plain cast where DuckDB 2.0 would change a value without a word: '1.5' to bigint gives 2,
'2026-01-01T00:00:00+02:00' to timestamp drops the offset, 'infinity' and 'nan' pass.
"""

import re
from collections.abc import Callable
from difflib import get_close_matches

DECLARED_TYPES = ("varchar", "bigint", "double", "timestamp", "date", "boolean", "json")
_DECIMAL = re.compile(r"decimal\(\d{1,2},\d{1,2}\)")
_INTEGERS = {
    "tinyint", "smallint", "integer", "bigint", "hugeint",
    "utinyint", "usmallint", "uinteger", "ubigint", "uhugeint",
}  # fmt: skip


def known_type(declared: str) -> str:
    """`declared` in the spelling used here. Raises ValueError with the nearest known type."""
    name = "".join(declared.lower().split())
    if name in DECLARED_TYPES or _DECIMAL.fullmatch(name):
        return name
    near = get_close_matches(name, DECLARED_TYPES, n=1, cutoff=0.5)
    known = ", ".join(DECLARED_TYPES)
    raise ValueError(f"unknown data_type {declared!r}; " + (f"did you mean {near[0]}?" if near else f"one of {known}"))


def storage_type(declared: str) -> str:
    """The column type in the warehouse; JSON is kept as its text, which every engine and Arrow can hold."""
    return "varchar" if declared == "json" else declared


def from_text(declared: str, text: str) -> str:
    """SQL: the value of the text expression `text` as `declared`, null when it is not one."""
    rule = _RULES.get(declared)
    return rule(text) if rule else f"try_cast({text} as {declared})"


def family(kind: str) -> str:
    """The declared type that holds values of the SQL type `kind` without loss."""
    name = kind.lower().partition("(")[0]
    if name in _INTEGERS:
        return "bigint"
    if name in {"float", "double", "decimal"}:
        return "double"
    if name.startswith("timestamp"):
        return "timestamp"
    if is_nested(kind):
        return "json"
    return name


def is_nested(kind: str) -> bool:
    return kind.lower().startswith(("struct", "map", "union")) or kind.endswith("]")


def _bigint(text: str) -> str:
    number = f"try_cast({text} as double)"
    return f"case when trunc({number}) = {number} then try_cast({text} as bigint) end"


def _finite(kind: str) -> Callable[[str], str]:
    return lambda text: f"case when isfinite(try_cast({text} as {kind})) then try_cast({text} as {kind}) end"


def _timestamp(text: str) -> str:
    moment = f"try_cast({text} as timestamptz)"
    return f"case when isfinite({moment}) then {moment} at time zone 'UTC' end"


_RULES: dict[str, Callable[[str], str]] = {
    "varchar": lambda text: text,
    "json": lambda text: f"case when json_valid({text}) then {text} end",
    "bigint": _bigint,
    "double": _finite("double"),
    "date": _finite("date"),
    "timestamp": _timestamp,
}
