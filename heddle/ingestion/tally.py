"""What one transaction of a load counts; it becomes part of the result only when the transaction is through."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

from heddle.ingestion.result import IngestResult, Reject


@dataclass
class Tally:
    """Rows and rejects by file name, and what was learned about columns."""

    rows: Counter[str] = field(default_factory=Counter)
    rejects: Counter[str] = field(default_factory=Counter)
    reasons: Counter[str] = field(default_factory=Counter)
    new_columns: list[str] = field(default_factory=list)
    missing_columns: list[str] = field(default_factory=list)
    type_changes: list[str] = field(default_factory=list)
    loaded: int = 0

    def count_rejects(self, rejects: Iterable[Reject]) -> None:
        for reject in rejects:
            self.rejects[reject.file] += 1
            self.reasons[reject.reason] += 1

    def add_to(self, result: IngestResult) -> None:
        result.files_loaded += self.loaded
        result.rows += self.rows.total()
        result.rejects += self.rejects.total()
        result.reasons.update(self.reasons)
        for mine, its in (
            (self.new_columns, result.new_columns),
            (self.missing_columns, result.missing_columns),
            (self.type_changes, result.type_changes),
        ):
            its.extend(item for item in dict.fromkeys(mine) if item not in its)
