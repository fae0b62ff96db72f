"""What is wrong with a segment file, and where, in the words of the person who wrote it."""

from collections.abc import Iterable
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Literal

Path = tuple[str | int, ...]
Severity = Literal["error", "warning"]


NEW_WORDS = "`heddle segments catalog` shows those there are; to add one: docs/add_a_source.md, New words"


@dataclass(frozen=True, order=True)
class Fault:
    """`file:line:column: what (hint)`; line and column count from 1. A warning does not stop the segment."""

    file: str
    line: int
    column: int
    what: str
    hint: str = ""
    severity: Severity = "error"

    def __str__(self) -> str:
        kind = "warning: " if self.severity == "warning" else ""
        hint = f" ({self.hint})" if self.hint else ""
        return f"{self.file}:{self.line}:{self.column}: {kind}{self.what}{hint}"


@dataclass(frozen=True)
class Finding:
    """A fault that is not located yet: `path` leads to the YAML node, `at_key` to its key."""

    path: Path
    what: str
    hint: str = ""
    severity: Severity = "error"
    at_key: bool = False


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """`did you mean x?` for the closest known words, or the known words when there are few; else empty."""
    words = sorted(set(known))
    close = get_close_matches(word.lower(), words, n=2, cutoff=0.6)
    if close:
        return f"did you mean {' or '.join(close)}?"
    return f"known: {', '.join(words)}" if 0 < len(words) <= 12 else ""


def shown(value: object, limit: int = 60) -> str:
    """A value from a file, quoted and cut, safe to print in one line."""
    text = repr(value)
    return text if len(text) <= limit else f"{text[: limit - 3]}..."
