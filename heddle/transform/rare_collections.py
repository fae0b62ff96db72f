"""dbt with few passes of Python's cyclic garbage collector."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager

# objects made since the last pass, and passes of one generation before one of the next
_THRESHOLDS = (100_000, 50, 50)


@contextmanager
def rare_collections() -> Iterator[None]:
    """dbt makes some hundred thousand objects that stay (its classes, the manifest), and Python goes through all of
    them again and again while they are made: a tenth of what a command costs. What is there now is left alone, too."""
    before = gc.get_threshold()
    gc.freeze()
    gc.set_threshold(*_THRESHOLDS)
    try:
        yield
    finally:
        gc.set_threshold(*before)
        gc.unfreeze()
