"""JSON for destinations, as the standard library writes it for them: anything unknown as its text, no escapes."""

import json
from collections.abc import Iterable, Iterator
from itertools import islice

import orjson

_LINE = orjson.OPT_PASSTHROUGH_DATETIME | orjson.OPT_APPEND_NEWLINE
_TOGETHER = 1_000


def json_body(value: object) -> bytes:
    """Fast, except for whole numbers beyond 64 bits. NaN, which is no JSON, is null."""
    try:
        return orjson.dumps(value, default=str, option=orjson.OPT_PASSTHROUGH_DATETIME)
    except (TypeError, ValueError):
        return json.dumps(value, default=str, ensure_ascii=False, separators=(",", ":")).encode()


def json_lines(rows: Iterable[object]) -> Iterator[bytes]:
    """`json_body` of each row and a line feed; of many rows at once, so that not each of them is a call of ours."""
    left = iter(rows)
    while part := list(islice(left, _TOGETHER)):
        try:
            lines = [orjson.dumps(row, default=str, option=_LINE) for row in part]
        except (TypeError, ValueError):
            lines = [json_body(row) + b"\n" for row in part]
        yield b"".join(lines)
