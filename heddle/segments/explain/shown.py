"""A value as people write it, masked where the catalog says that it is personal."""

from datetime import datetime
from typing import Any

from heddle.masked import masked

SOME = 3


def shown(value: Any, personal: bool = False) -> str:
    if value is None:
        return "no value"
    if personal:
        return masked(value)
    if isinstance(value, list):
        return ", ".join(map(str, value)) or "an empty list"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, datetime):
        return f"{value:%Y-%m-%d %H:%M}"
    return f"{value:,.2f}" if isinstance(value, float) else str(value)


def some(values: list[str]) -> str:
    """The first few, and how many more there are."""
    more = len(values) - SOME
    return ", ".join(values[:SOME]) + (f" and {more:,} more" if more > 0 else "")
