"""Recognising that there is no room left, on disk or in memory, in what an engine or the system says."""

import re

_DISK = r"no space left|disk quota|disk is full|disk full|file too large|could not write|failed to offload"
_MEMORY = r"out of memory|could not allocate"
_ADVICE = (
    (re.compile(_DISK, re.IGNORECASE), "free disk space and run again"),
    (re.compile(_MEMORY, re.IGNORECASE), "raise HEDDLE_MEMORY_LIMIT or lower HEDDLE_THREADS, and run again"),
)


def advice_on_room(message: str) -> str | None:
    """What to do when the message says that disk or memory is full, else None."""
    for pattern, advice in _ADVICE:
        if pattern.search(message):
            return f"{advice}: what was being written is undone"
    return None
