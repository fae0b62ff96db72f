"""Columns of text, built without a Python loop per row."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, cast

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

Ints = NDArray[np.int64]
Hashes = NDArray[np.uint64]
Flags = NDArray[np.bool_]
Reals = NDArray[np.float64]
Text = pa.StringArray


def words(values: Sequence[str | None]) -> Text:
    """A text column from a Python list (vocabularies, never rows)."""
    return pa.array(list(values), type=pa.string())


def positions(index: Ints | NDArray[Any]) -> pa.Int64Array:
    """Row numbers as Arrow wants them."""
    return cast(pa.Int64Array, pa.array(index))


def pick(vocabulary: Text, index: Ints | NDArray[Any]) -> Text:
    """One word of the vocabulary per index."""
    return vocabulary.take(positions(index))


def join(*pieces: str | Text) -> Text:
    """Pieces side by side, row by row; a null piece counts as the empty text."""
    result = pc.binary_join_element_wise(  # type: ignore[call-overload]  # the stubs know no mixed scalars
        *pieces, "", null_handling="replace", null_replacement=""
    )
    return cast(Text, result)


def stack(*columns: Text) -> Text:
    """Columns one below the other, in one chunk."""
    return pa.concat_arrays(list(columns))


def where(flags: Flags, yes: Text | str | None, no: Text | str | None) -> Text:
    """`yes` where the flag holds, else `no`."""
    choice = pc.if_else(pa.array(flags), _scalar(yes), _scalar(no))
    return cast(Text, choice)


def _scalar(value: Text | str | None) -> Any:
    return pa.scalar(value, type=pa.string()) if value is None or isinstance(value, str) else value


def number(values: Ints | NDArray[Any]) -> Text:
    """Whole numbers as text."""
    return cast(Text, pa.array(values).cast(pa.string()))


_HUNDREDTHS = words([f".{cents:02d}" for cents in range(100)])


def money(cents: Ints) -> Text:
    """Non-negative cents as an amount with two decimals."""
    return join(number(cents // 100), pick(_HUNDREDTHS, cents % 100))


def fixed_width(letters: NDArray[np.uint8]) -> Text:
    """A matrix of ASCII codes (rows x letters) as a text column."""
    rows, width = letters.shape
    offsets = np.arange(rows + 1, dtype=np.int32) * np.int32(width)
    data = np.ascontiguousarray(letters)
    return pa.StringArray.from_buffers(rows, pa.py_buffer(offsets.tobytes()), pa.py_buffer(data.tobytes()))


_HEX = np.frombuffer(b"0123456789abcdef", dtype=np.uint8)


def hexadecimal(keys: Hashes) -> Text:
    """64-bit keys as 16 hexadecimal letters."""
    octets = keys.astype(">u8").view(np.uint8).reshape(len(keys), 8)
    letters = np.empty((len(keys), 16), dtype=np.uint8)
    letters[:, 0::2] = _HEX[octets >> 4]
    letters[:, 1::2] = _HEX[octets & 15]
    return fixed_width(letters)


def scramble(keys: Ints | Hashes, salt: int) -> Hashes:
    """SplitMix64 of (key, salt): distinct keys give distinct, random-looking numbers.

    Source: Steele, Lea, Flood, "Fast splittable pseudorandom number generators", 2014.
    """
    with np.errstate(over="ignore"):
        mixed = keys.astype(np.uint64) + np.uint64(salt * 0x9E3779B97F4A7C15 % 2**64)
        mixed = (mixed ^ (mixed >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        mixed = (mixed ^ (mixed >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        return cast(Hashes, mixed ^ (mixed >> np.uint64(31)))


def reference(prefix: str, numbers: Ints, multiplier: int) -> Text:
    """Ids such as `u182736450`: nine digits, distinct for distinct numbers below 2**29, in no visible order."""
    shuffled = (numbers * (2 * multiplier + 1)) % 2**29 + 100_000_000
    return join(prefix, number(shuffled))
