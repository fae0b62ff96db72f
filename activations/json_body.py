"""JSON for destinations, as the standard library writes it for them: anything unknown as its text, no escapes."""

import json

import orjson


def json_body(value: object) -> bytes:
    """Fast, except for whole numbers beyond 64 bits. NaN, which is no JSON, is null."""
    try:
        return orjson.dumps(value, default=str, option=orjson.OPT_PASSTHROUGH_DATETIME)
    except (TypeError, ValueError):
        return json.dumps(value, default=str, ensure_ascii=False, separators=(",", ":")).encode()
