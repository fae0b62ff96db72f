"""A run of rows of one text file, ready to be bound to the warehouse."""

from dataclasses import dataclass
from typing import Any

import pyarrow as pa

from heddle.ingestion.boundaries import Flags
from heddle.ingestion.records import Records
from heddle.ingestion.result import Reject


@dataclass(frozen=True)
class Piece:
    """`rows`: Arrow text columns, with `_file`, `_row` and `_text`; `rejects`: what was no row even before typing."""

    file: str
    rows: pa.Table
    rejects: list[Reject]


def bindable(columns: dict[str, "pa.Array[Any]"], file: str, records: Records) -> pa.Table:
    """The columns, with where each row came from and how it looked."""
    names = pa.repeat(pa.scalar(file, pa.string()), len(records))
    text = records.text.cast(pa.string())
    return pa.table({**columns, "_file": names, "_row": pa.array(records.lines, pa.int64()), "_text": text})


def set_aside(records: Records, kept: Flags, file: str, reason: str) -> list[Reject]:
    """The records that are not `kept`, as rejects."""
    lines = [int(line) for line in records.lines[~kept]]
    return [Reject(file, line, records.shown(line), reason) for line in lines]


def readable(records: Records, file: str) -> tuple[Records, list[Reject]]:
    """The records that are UTF-8; the others as rejects."""
    kept = records.are_utf8()
    if kept.all():
        return records, []
    rejects = set_aside(records, kept, file, "not UTF-8 text (declare load.encoding, such as cp1250 or latin-1)")
    return records.where(kept), rejects
