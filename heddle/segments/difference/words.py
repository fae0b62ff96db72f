"""Two definitions in plain words, line by line."""

import re
from collections.abc import Iterator
from difflib import SequenceMatcher

from heddle.segments.catalog import Catalog
from heddle.segments.describe import describe
from heddle.segments.segment import Segment

_BULLET = re.compile(r"^( *)- ")


def changed_words(before: Segment | None, after: Segment | None, catalog: Catalog) -> tuple[str, ...]:
    """`+ line`, `- line` and `  line` like a diff; empty when both say the same."""
    old, new = (_lines(one, catalog) for one in (before, after))
    return tuple(_marked(old, new)) if old != new else ()


def _lines(segment: Segment | None, catalog: Catalog) -> list[str]:
    return [_BULLET.sub(r"\1", line) for line in describe(segment, catalog).splitlines()] if segment else []


def _marked(old: list[str], new: list[str]) -> Iterator[str]:
    for kind, a, b, c, d in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if kind == "equal":
            yield from (f"  {line}" for line in old[a:b])
        else:
            yield from (f"- {line}" for line in old[a:b])
            yield from (f"+ {line}" for line in new[c:d])
