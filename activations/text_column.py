"""A column of texts as Arrow keeps it: a third of the memory of a list of them, which large batches need."""

from collections.abc import Iterator, Sequence
from itertools import chain
from typing import Any, overload

import pyarrow as pa

_AT_ONCE = 10_000
_NO_TEXTS = (pa.ArrowInvalid, pa.ArrowTypeError, UnicodeEncodeError)


class TextColumn(Sequence[object]):
    """Texts, and None where there is none."""

    def __init__(self, texts: Any) -> None:
        self._texts = texts  # an Arrow array of strings, in one piece or more

    def __len__(self) -> int:
        return len(self._texts)

    def __iter__(self) -> Iterator[object]:
        parts = (self._texts.slice(first, _AT_ONCE).to_pylist() for first in range(0, len(self), _AT_ONCE))
        return chain.from_iterable(parts)

    @overload
    def __getitem__(self, index: int) -> object: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[object]: ...
    def __getitem__(self, index: int | slice) -> object:
        found = self._texts[index]
        return found.to_pylist() if isinstance(index, slice) else found.as_py()


def packed(column: Sequence[object]) -> Sequence[object]:
    """The column as texts, or as it is where something else is in it."""
    try:
        return TextColumn(pa.array(column, pa.string()))
    except _NO_TEXTS:
        return column


def joined(columns: Sequence[Sequence[object]]) -> Sequence[object]:
    """Columns behind each other."""
    texts = [column._texts for column in columns if isinstance(column, TextColumn)]
    return TextColumn(pa.chunked_array(texts)) if len(texts) == len(columns) else list(chain.from_iterable(columns))
