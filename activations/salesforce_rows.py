"""The CSV of a Salesforce bulk job, and what its result files say of each row."""

import csv
import io
import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from activations.contract import CLEAR, Operation
from activations.outcomes import Delivered, Outcome, Rejected, Skipped

NOTHING = "#N/A"  # what empties a field; an empty cell leaves it as it is
PASSING = frozenset({"UNABLE_TO_LOCK_ROW", "SERVER_UNAVAILABLE", "API_TEMPORARILY_UNAVAILABLE"})
GONE = frozenset({"ENTITY_IS_DELETED", "INVALID_CROSS_REFERENCE_KEY", "NOT_FOUND"})


def upserts(operations: Sequence[Operation]) -> bytes:
    """A column per field that any of the rows has a value for."""
    names = {name: None for row in operations for name, value in row.fields.items() if value is not None}
    return _written(list(names), ([cell(row.fields.get(name)) for name in names] for row in operations))


def deletions(operations: Sequence[Operation]) -> bytes:
    """By the ids that Salesforce gave."""
    return _written(["Id"], ([row.ids["id"]] for row in operations))


def cell(value: object) -> str:
    """A value as Salesforce reads it; several are those of a list to choose from."""
    if value is None:
        return ""
    if value is CLEAR:
        return NOTHING
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, list | tuple):
        return ";".join(cell(item) for item in value)
    return json.dumps(value, ensure_ascii=False, default=str) if isinstance(value, dict) else str(value)


def would_clear(operation: Operation) -> bool:
    """Whether a text of the row happens to be the word that empties a field."""
    return any(isinstance(value, str) and value.strip() == NOTHING for value in operation.fields.values())


class Told:
    """Outcomes by op_id, as result files name rows: by the `column` that was uploaded. Rows of a file come in any
    order, and two rows may have been uploaded under one name."""

    def __init__(self, column: str, uploaded: Iterable[tuple[str, int]]) -> None:
        self._column = column
        self._waiting: dict[str, list[int]] = defaultdict(list)
        for name, op_id in uploaded:
            self._waiting[name].append(op_id)
        self.outcomes: dict[int, Outcome] = {}
        self.strangers = 0

    @property
    def missing(self) -> int:
        return sum(map(len, self._waiting.values()))

    def successes(self, file: bytes) -> None:
        for row in read(file):
            self._note(row, Delivered({"id": row["sf__Id"]} if row.get("sf__Id") else {}))

    def failures(self, file: bytes, deleting: bool) -> None:
        for row in read(file):
            code, _, message = str(row.get("sf__Error") or "rejected").partition(":")
            gone = deleting and code in GONE
            refused = Rejected(code, message.removesuffix(" --"), retryable=code in PASSING)
            self._note(row, Skipped("already_gone") if gone else refused)

    def unprocessed(self, file: bytes, outcome: Outcome) -> None:
        for row in read(file):
            self._note(row, outcome)

    def _note(self, row: Mapping[str, Any], outcome: Outcome) -> None:
        waiting = self._waiting.get(str(row.get(self._column)))
        if not waiting:
            self.strangers += 1
            return
        self.outcomes[waiting.pop(0)] = outcome


def read(file: bytes) -> Iterator[dict[str, Any]]:
    """Rows of a result file: UTF-8, whatever its header says."""
    return csv.DictReader(io.StringIO(file.decode("utf-8-sig"), newline=""))


def _written(names: list[str], rows: Iterable[list[str]]) -> bytes:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")  # what ends a line is quoted within a text: either letter of it
    writer.writerow(names)
    writer.writerows(rows)
    return text.getvalue().encode()
