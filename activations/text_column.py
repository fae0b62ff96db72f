"""A column of texts as Arrow keeps it: a third of the memory of a list of them, and no object of Python per row."""

from collections.abc import Iterator, Sequence
from typing import Any, Self, overload

import numpy as np
import orjson
import pyarrow as pa
import pyarrow.compute as pc

from activations.arrow_bytes import bytes_of, has_byte

_AT_ONCE = 10_000  # rows that become objects together: they are still in the cache when they are used
_NO_TEXTS = (pa.ArrowInvalid, pa.ArrowTypeError, UnicodeEncodeError)
_arrow: Any = pc  # its stubs do not know arrays of unknown kind


class TextColumn(Sequence[object]):
    """Texts, and None where there is none."""

    def __init__(self, array: Any) -> None:
        self.array = array  # an Arrow array of strings

    def json(self) -> Any:
        """The JSON of each value, as Arrow."""
        if has_byte(self.array, b'"', b"\\") or bool((np.frombuffer(bytes_of(self.array), np.uint8) < 32).any()):
            return pa.array([orjson.dumps(value).decode() for value in self], pa.string())
        return _arrow.fill_null(_arrow.binary_join_element_wise('"', self.array, '"', ""), "null")

    def is_nested(self) -> bool:
        """Whether lists or objects are among the values."""
        return False

    def chosen(self, places: Sequence[int]) -> Self:
        """The rows at these places."""
        return type(self)(self.array.take(pa.array(places, pa.int64())))

    def _objects(self, array: Any) -> list[object]:
        found: list[object] = array.to_pylist()
        return found

    def __len__(self) -> int:
        return len(self.array)

    def __contains__(self, value: object) -> bool:
        return self.array.null_count > 0 if value is None else super().__contains__(value)

    def __iter__(self) -> Iterator[object]:
        for first in range(0, len(self), _AT_ONCE):
            yield from self._objects(self.array.slice(first, _AT_ONCE))

    @overload
    def __getitem__(self, index: int) -> object: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[object]: ...
    def __getitem__(self, index: int | slice) -> object:
        places = range(len(self))[index]
        found = self.chosen(places if isinstance(places, range) else [places])
        return list(found) if isinstance(index, slice) else next(iter(found))


def chosen(column: Sequence[object], places: Sequence[int]) -> Sequence[object]:
    """The rows of a column at these places."""
    return column.chosen(places) if isinstance(column, TextColumn) else [column[place] for place in places]


def packed(column: Sequence[object]) -> Sequence[object]:
    """The column as texts, or as it is where something else is in it."""
    if isinstance(column, TextColumn):
        return column
    texts = texts_of(column)
    return column if texts is None else TextColumn(texts)


def texts_of(column: Sequence[object]) -> Any:
    """As Arrow; None where something else than text is in it."""
    try:
        return pa.array(column, pa.string())
    except _NO_TEXTS:
        return None
