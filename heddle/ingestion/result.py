"""What one load of one table did."""

from collections import Counter
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Reject:
    """A line that did not become a row; `line` is None when the whole file is unreadable."""

    file: str
    line: int | None
    text: str | None
    reason: str


@dataclass
class IngestResult:
    """Counts of this run only, but for `files_unreadable`: the files that are still there and still unreadable.

    `reasons` counts rejects by reason; `problem` is why the source could not be read at all. No value of a row is
    in any text.
    """

    table: str
    files_seen: int = 0
    files_loaded: int = 0
    files_unreadable: int = 0
    rows: int = 0
    rejects: int = 0
    over_limit: bool = False
    new_columns: list[str] = field(default_factory=list)
    missing_columns: list[str] = field(default_factory=list)
    type_changes: list[str] = field(default_factory=list)
    reasons: Counter[str] = field(default_factory=Counter)
    seconds: float = 0.0
    problem: str | None = None

    @property
    def nothing_found(self) -> bool:
        """The glob of the source matches no file at all."""
        return self.files_seen == 0

    @property
    def changed(self) -> bool:
        return self.rows > 0 or self.rejects > 0
