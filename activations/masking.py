"""Personal data out of what people and logs read."""

import re
from collections.abc import Mapping

_EMAIL = re.compile(r"[^\s<>\"'(),;:]+@[^\s<>\"'(),;:]+")
_NUMBER = re.compile(r"\+?\d[\d\s().-]{6,}\d")


def mask_personal(text: str, limit: int = 300) -> str:
    """`text` without addresses and long numbers, on one line, at most `limit` characters."""
    hidden = _NUMBER.sub("<number>", _EMAIL.sub("<e-mail>", text))
    return " ".join(hidden.split())[:limit]


def mask_value(value: object) -> str:
    """The shape of a value without the value: `a…(14)` for a text of 14 characters, `…` for anything else."""
    if value is None:
        return "null"
    return f"{value[:1]}…({len(value)})" if isinstance(value, str) else "…"


def mask_fields(fields: Mapping[str, object]) -> dict[str, str]:
    return {name: mask_value(value) for name, value in fields.items()}
