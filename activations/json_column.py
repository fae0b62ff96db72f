"""A column of values as the JSON that the warehouse has of them: what is only passed on is never taken apart."""

from typing import Any, Self

import pyarrow as pa
import pyarrow.compute as pc

from activations.arrow_bytes import bytes_of, has_byte
from activations.json_body import json_body, json_value
from activations.text_column import TextColumn, texts_of

_arrow: Any = pc
_NO_JSON = pa.array(["NaN", "Infinity", "-Infinity"])
_NO_JSON_WITHIN = r"^[\[{].*(NaN|Infinity)"  # or a text that says so, which making it anew does not change


class JsonColumn(TextColumn):
    """Values of any kind, and None where there is none."""

    @classmethod
    def of(cls, array: Any) -> Self:
        """From the JSON of each value."""
        return cls(_without(array, "null"))

    def without_empty(self) -> Self:
        """An empty text is no value."""
        return type(self)(_without(self.array, '""'))

    def is_nested(self) -> bool:
        return any(_arrow.any(_arrow.starts_with(self.array, begin)).as_py() for begin in "[{")

    def texts(self) -> Any:
        """As Arrow; None where a value is something else than a text."""
        quoted = _arrow.starts_with(self.array, '"')
        if not (len(self) > self.array.null_count and _arrow.all(quoted).as_py()):
            return None
        if has_byte(self.array, b"\\"):
            return texts_of(list(self))
        return _arrow.binary_slice(self.array.cast(pa.binary()), 1, -1).cast(pa.string())

    def json(self) -> Any:
        """Numbers that JSON does not know are null."""
        known = self.array
        if has_byte(known, b"N", b"I"):
            known = _arrow.if_else(_arrow.is_in(known, value_set=_NO_JSON), None, known)
            within = _arrow.fill_null(_arrow.match_substring_regex(known, _NO_JSON_WITHIN), False)
            if _arrow.any(within).as_py():
                whole = [json_body(json_value(text)).decode() for text in known.filter(within).to_pylist()]
                known = _arrow.replace_with_mask(known, within, pa.array(whole, pa.string()))
        return _arrow.fill_null(known, "null")

    def _objects(self, array: Any) -> list[object]:
        together = _arrow.binary_join_element_wise(_arrow.fill_null(array, "null"), ",", "")
        found: list[object] = json_value(b"[%b]" % bytes(bytes_of(together))[:-1])
        return found


def _without(array: Any, value: str) -> Any:
    found = _arrow.equal(array, value)
    return _arrow.if_else(found, None, array) if _arrow.any(found).as_py() else array
