"""The bytes of an Arrow array of strings, one value behind the other, without a copy."""

from typing import Any

import numpy as np


def bytes_of(array: Any) -> memoryview:
    """Those of all values that are not null; `array` has 32-bit offsets."""
    _, offsets, data = array.buffers()
    if data is None or not len(array):
        return memoryview(b"")
    ends = np.frombuffer(offsets, np.int32, len(array) + 1, 4 * array.offset)
    return memoryview(data)[int(ends[0]) : int(ends[-1])]


def has_byte(array: Any, *wanted: bytes) -> bool:
    """Whether one of these bytes is in any value."""
    values = np.frombuffer(bytes_of(array), np.uint8)
    return any(bool((values == byte[0]).any()) for byte in wanted)
