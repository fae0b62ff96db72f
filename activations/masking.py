"""Personal data out of what people and logs read."""

import re
from collections.abc import Mapping

from heddle.masked import masked

_EMAIL = re.compile(r"[^\s<>\"'(),;:]+@[^\s<>\"'(),;:]+")
_NUMBER = re.compile(r"\+?\d[\d\s().-]{6,}\d")


def mask_personal(text: str, limit: int = 300) -> str:
    """`text` without addresses and long numbers, on one line, at most `limit` characters."""
    hidden = _NUMBER.sub("<number>", _EMAIL.sub("<e-mail>", text))
    return " ".join(hidden.split())[:limit]


def mask_value(value: object) -> str:
    """Its shape, as it stands in a request that is shown."""
    return "null" if value is None else masked(value)


def mask_fields(fields: Mapping[str, object]) -> dict[str, str]:
    return {name: mask_value(value) for name, value in fields.items()}
