"""Python's collector of reference cycles looks less often while many rows pass.

Rows are dicts and lists by the ten thousand without a cycle among them; looking for one after every 700 was a third of
the Python time of a delivery. What is freed by its count, as nearly everything, is freed at once all the same.
"""

import gc
import threading
from collections.abc import Iterator
from contextlib import contextmanager

_RARE = (100_000, 20, 20)
_lock = threading.Lock()
_usual: list[tuple[int, int, int]] = []  # one for each block that is entered: lanes side by side share the collector


@contextmanager
def rare_collections() -> Iterator[None]:
    """The usual thresholds are back when the last of the blocks that overlap ends."""
    with _lock:
        _usual.append(_usual[0] if _usual else gc.get_threshold())
        gc.set_threshold(*_RARE)
    try:
        yield
    finally:
        with _lock:
            usual = _usual.pop()
            if not _usual:
                gc.set_threshold(*usual)
