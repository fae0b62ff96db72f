"""JSON: written for destinations as the standard library writes it, anything unknown as its text; and read."""

import json
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Any

import orjson

_LINE = orjson.OPT_PASSTHROUGH_DATETIME | orjson.OPT_APPEND_NEWLINE
_TOGETHER = 1_000
_LARGE, _SMALL = 2.0**63, frozenset({str, int, bool, type(None)})


def json_body(value: object) -> bytes:
    """Fast, except for whole numbers beyond 64 bits. NaN, which is no JSON, is null."""
    try:
        return orjson.dumps(value, default=str, option=orjson.OPT_PASSTHROUGH_DATETIME)
    except (TypeError, ValueError):
        plain = json.loads(json.dumps(value, default=str), parse_constant=lambda _: None)
        return json.dumps(plain, ensure_ascii=False, separators=(",", ":")).encode()


def json_text(value: object) -> str:
    """A text as it is, anything else as its JSON."""
    return value if isinstance(value, str) else json_body(value).decode()


def json_value(text: str | bytes) -> Any:
    """What it says: also whole numbers beyond 64 bits, of which the fast way makes fractions, and NaN."""
    try:
        found = orjson.loads(text)
    except orjson.JSONDecodeError:
        return json.loads(text)
    return json.loads(text) if _has_large(found) else found


def _has_large(value: object) -> bool:
    if isinstance(value, float):
        return abs(value) >= _LARGE
    within = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return not _SMALL.issuperset(map(type, within)) and any(map(_has_large, within))


def json_lines(rows: Iterable[object]) -> Iterator[bytes]:
    """`json_body` of each row and a line feed; of many rows at once, so that not each of them is a call of ours."""
    left = iter(rows)
    while part := list(islice(left, _TOGETHER)):
        try:
            lines = [orjson.dumps(row, default=str, option=_LINE) for row in part]
        except (TypeError, ValueError):
            lines = [json_body(row) + b"\n" for row in part]
        yield b"".join(lines)
