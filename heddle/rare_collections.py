"""Python's collector of reference cycles looks less often while very many objects are made.

Rows are dicts and lists by the ten thousand without a cycle among them: looking for one after every 700 was a third of
the Python time of a delivery. dbt makes some hundred thousand objects that stay (its classes, the manifest), and going
through all of them again and again was a tenth of a command. What is freed by its count is freed at once all the same.
"""

import gc
import threading
from collections.abc import Iterator
from contextlib import contextmanager

# objects made since the last pass, and passes of one generation before one of the next
_RARE = (100_000, 20, 20)
_lock = threading.Lock()
_usual: list[tuple[int, int, int]] = []  # one for each block that is entered: they may overlap, in threads too


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
