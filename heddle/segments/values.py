"""The small types that rules are made of. Each says in one sentence what it wants."""

import re
from datetime import date
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, ConfigDict, PlainValidator, WithJsonSchema

_WORD = re.compile(r"[a-z][a-z0-9_]{0,62}")
_PERCENT = re.compile(r"(\d{1,3}(\.\d{1,2})?) ?%?")
_SCALAR_SCHEMA: dict[str, Any] = {"type": ["string", "number", "boolean"]}
TEXT_LIMIT = 1000

Scalar = str | int | float | bool


class Strict(BaseModel):
    """Unknown keys are errors; a parsed segment never changes."""

    model_config = ConfigDict(extra="forbid", frozen=True)


def _scalar(value: object) -> Scalar:
    if value is None:
        raise ValueError("a value is missing; to ask for a missing value write `is_set: no`")
    if not isinstance(value, str | int | float | bool):
        raise ValueError("one value is expected here, not a list or a mapping")
    if isinstance(value, str) and len(value) > TEXT_LIMIT:
        raise ValueError(f"a text is at most {TEXT_LIMIT} characters")
    return value


def _number(value: object) -> int | float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise ValueError("a number is expected")
    return value


def _count(value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= 1_000_000_000:
        raise ValueError("a whole number is expected")
    return value


def _yes_no(value: object) -> bool:
    if isinstance(value, bool):
        return value
    if isinstance(value, str) and value.lower() in ("yes", "no", "true", "false"):
        return value.lower() in ("yes", "true")
    raise ValueError("yes or no is expected")


def _percent(value: object) -> float:
    match = None if isinstance(value, bool) else _PERCENT.fullmatch(str(value).strip())
    if match is None or not 0 < float(match[1]) <= 100:
        raise ValueError("a percentage between 0 and 100 is expected, such as 30%")
    return float(match[1])


def _day(value: object) -> date:
    try:
        return date.fromisoformat(value if isinstance(value, str) and len(value) == 10 else "")
    except ValueError:
        raise ValueError("a day is written like 2026-03-08") from None


def is_word(value: object) -> bool:
    """Whether a value can name a segment, a salt or a member key."""
    return isinstance(value, str) and _WORD.fullmatch(value) is not None


def _word(value: object) -> str:
    if not isinstance(value, str) or not is_word(value):
        raise ValueError("a name has small letters, digits and _, and starts with a letter")
    return value


def _plain_text(value: object) -> str:
    if not isinstance(value, str) or not value.strip() or len(value) > TEXT_LIMIT:
        raise ValueError(f"a text of 1 to {TEXT_LIMIT} characters is expected")
    if any(mark in value for mark in ("{{", "{%", "{#")):
        raise ValueError("template marks such as {{ are not allowed here; write plain words")
    return " ".join(value.split())


def _some(values: tuple[Any, ...]) -> tuple[Any, ...]:
    if not 0 < len(values) <= TEXT_LIMIT:
        raise ValueError(f"a list of 1 to {TEXT_LIMIT} values is expected")
    return values


def _list(value: object) -> tuple[Scalar, ...]:
    if not isinstance(value, list):
        raise ValueError("a list is expected, such as [a, b]")
    return tuple(_scalar(item) for item in value)


Value = Annotated[Scalar, PlainValidator(_scalar), WithJsonSchema(_SCALAR_SCHEMA)]
Values = Annotated[
    tuple[Scalar, ...],
    PlainValidator(_list),
    AfterValidator(_some),
    WithJsonSchema({"type": "array", "minItems": 1, "items": _SCALAR_SCHEMA}),
]
Number = Annotated[int | float, PlainValidator(_number), WithJsonSchema({"type": "number"})]
Count = Annotated[int, PlainValidator(_count), WithJsonSchema({"type": "integer", "minimum": 0})]
YesNo = Annotated[bool, PlainValidator(_yes_no), WithJsonSchema({"enum": [True, False, "yes", "no"]})]
Percent = Annotated[
    float,
    PlainValidator(_percent),
    WithJsonSchema({"type": ["number", "string"], "pattern": r"^\d{1,3}(\.\d{1,2})? ?%?$"}),
]
Day = Annotated[date, PlainValidator(_day), WithJsonSchema({"type": "string", "format": "date"})]
Word = Annotated[str, PlainValidator(_word), WithJsonSchema({"type": "string", "pattern": f"^{_WORD.pattern}$"})]
PlainText = Annotated[str, PlainValidator(_plain_text), WithJsonSchema({"type": "string", "minLength": 1})]
