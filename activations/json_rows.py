"""Rows as JSON, put together from the texts of their columns: no object of Python per row."""

from collections.abc import Mapping, Sequence
from typing import Any

import pyarrow.compute as pc

from activations.arrow_bytes import bytes_of
from activations.json_body import json_body
from activations.text_column import TextColumn, packed

_arrow: Any = pc


def json_objects(columns: Mapping[str, Sequence[object]]) -> Any:
    """An object per row (Arrow), as `json_body` would write it; None where a column holds other things than texts."""
    pieces: list[Any] = []
    for name, column in columns.items():
        held = packed(column)
        if not isinstance(held, TextColumn):
            return None
        pieces += [f"{',' if pieces else '{'}{json_body(name).decode()}:", held.json()]
    return _arrow.binary_join_element_wise(*pieces, "}", "") if pieces else None


def written(objects: Any, end: str) -> bytes:
    """The objects behind each other, each with `end`."""
    return bytes(bytes_of(_arrow.binary_join_element_wise(objects, end, "")))
