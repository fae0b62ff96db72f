"""Writes the raw files as real systems export them, with a few exact duplicates and a few broken rows in each.

A broken row is always a damaged copy of a good one, so whoever rejects it loses nothing. `rejected` counts rows that
cannot be read with the declared types (see docs/demo.md); `odd` counts rows that load but hold impossible values.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from heddle.demo.text import Flags, Ints, Text, join, positions, stack, where, words

DUPLICATES = 0.002
BROKEN = 0.001
MIN_ROWS_FOR_DUPLICATES = 20
# One broken row must stay under the 1 % that a source may reject by default.
MIN_ROWS_FOR_BROKEN = 120


@dataclass
class FileCount:
    """What one raw file holds: data rows in all, and how many of them are not good."""

    rows: int = 0
    duplicates: int = 0
    rejected: dict[str, int] = field(default_factory=dict)
    odd: dict[str, int] = field(default_factory=dict)


class RawFiles:
    """The folder of raw files being written, and the counts of every file in it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.counts: dict[str, FileCount] = {}

    def csv(
        self,
        name: str,
        rng: np.random.Generator,
        columns: Mapping[str, Text],
        date_column: str,
        number_column: str | None = None,
    ) -> None:
        """One CSV file with a header; `name` is relative to the folder."""
        lines = join(_csv_lines(list(columns.values())), "\n")
        damages = ["extra_columns", "bad_date"] + (["bad_number"] if number_column else [])
        fields = list(columns)
        broken: list[str | None] = []
        count = self._start(name, len(lines))
        for row, kind in _victims(rng, len(lines), damages, name):
            values = ["" if (v := column[row].as_py()) is None else str(v) for column in columns.values()]
            broken.append(_damaged_csv(values, fields, kind, date_column, number_column))
            count.rejected[kind] = count.rejected.get(kind, 0) + 1
        with self._open(name) as file:
            file.write((",".join(fields) + "\n").encode())
            file.write(_octets(_shuffled_in(rng, lines, broken, count)))

    def jsonl(self, name: str, rng: np.random.Generator, lines: Text, time_key: str) -> None:
        """One file of JSON lines (each already ends with a newline), or more lines for a file begun before."""
        count = self._start(name, len(lines))
        broken: list[str | None] = []
        for row, kind in _victims(rng, len(lines), ["truncated", "not_json", "bad_date"], name):
            broken.append(_damaged_json(str(lines[row]), kind, time_key))
            count.rejected[kind] = count.rejected.get(kind, 0) + 1
        with self._open(name) as file:
            file.write(_octets(_shuffled_in(rng, lines, broken, count)))

    def parquet(self, name: str, rng: np.random.Generator, table: pa.Table, odd: Mapping[str, Any]) -> None:
        """One Parquet file; `odd` gives the impossible values to put in, by column (one column per damaged row)."""
        count = self._start(name, table.num_rows)
        tables = [table]
        for row, column in _victims(rng, table.num_rows, list(odd), name):
            tables.append(_with_value(table.slice(row, 1), column, odd[column]))
            unreadable = UNREADABLE.get(str(odd[column]))
            kind, counted = (unreadable, count.rejected) if unreadable else (column, count.odd)
            counted[kind] = counted.get(kind, 0) + 1
        extra = rng.choice(table.num_rows, _duplicates(table.num_rows), replace=False)
        count.duplicates += len(extra)
        tables.append(table.take(positions(np.sort(extra))))
        whole = pa.concat_tables(tables).combine_chunks()
        count.rows = whole.num_rows
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        pq.write_table(whole, path, compression="zstd")

    def _start(self, name: str, rows: int) -> FileCount:
        count = self.counts.setdefault(name, FileCount())
        count.rows += rows
        return count

    def _open(self, name: str) -> io.BufferedWriter:
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        return path.open("ab")


BAD_DATE = "31.02.19x5"
BAD_JSON = "[{"
UNREADABLE = {BAD_DATE: "bad_date", BAD_JSON: "bad_json"}


def _csv_lines(columns: Sequence[Text]) -> Text:
    pieces: list[str | Text] = []
    for column in columns:
        pieces += [",", _quoted(column)]
    return join(*pieces[1:])


def _quoted(column: Text) -> Text:
    found = pc.match_substring_regex(column, '[",\n]')
    special: Flags = np.equal(found.to_numpy(zero_copy_only=False), True)  # a null is not special either
    if not special.any():
        return column
    escaped = join('"', pc.replace_substring(column, '"', '""'), '"')
    return where(special, escaped, column)


def _victims(rng: np.random.Generator, rows: int, kinds: Sequence[str], name: str) -> list[tuple[int, str]]:
    """Rows to copy and break, and how; small files take turns in the kinds."""
    amount = max(1, round(rows * BROKEN)) if rows >= MIN_ROWS_FOR_BROKEN else 0
    start = sum(name.encode())
    chosen = rng.integers(0, max(rows, 1), amount)
    return [(int(row), kinds[(start + i) % len(kinds)]) for i, row in enumerate(chosen)]


def _damaged_csv(values: list[str], fields: list[str], kind: str, date_column: str, number_column: str | None) -> str:
    if kind == "extra_columns":
        values = [*values, "see note", "page 2"]
    elif kind == "bad_date":
        values[fields.index(date_column)] = "31/31/2026"
    elif number_column:
        values[fields.index(number_column)] = "12,50 zl"
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerow(values)
    return text.getvalue()


def _damaged_json(line: str, kind: str, time_key: str) -> str:
    if kind == "truncated":
        return line[: len(line) * 3 // 5] + "\n"
    if kind == "not_json":
        return "<html><head><title>502 Bad Gateway</title></head></html>\n"
    return re.sub(rf'"{time_key}":"[^"]*"', f'"{time_key}":"soon"', line)


def _with_value(row: pa.Table, column: str, value: Any) -> pa.Table:
    position = row.schema.get_field_index(column)
    return row.set_column(position, row.schema.field(position), [pa.array([value], row.schema.field(position).type)])


def _duplicates(rows: int) -> int:
    return max(1, round(rows * DUPLICATES)) if rows >= MIN_ROWS_FOR_DUPLICATES else 0


def _shuffled_in(rng: np.random.Generator, lines: Text, broken: list[str | None], count: FileCount) -> Text:
    """The lines with the broken ones and some duplicates at random places between them."""
    again = np.sort(rng.choice(len(lines), _duplicates(len(lines)), replace=False))
    extra = stack(words(broken), lines.take(positions(again)))
    count.duplicates += len(again)
    count.rows += len(extra)
    places: Ints = np.concatenate([np.arange(len(lines)) * 2, rng.integers(0, len(lines) + 1, len(extra)) * 2 - 1])
    order = np.argsort(places, kind="stable")
    return stack(lines, extra).take(positions(order))


def _octets(lines: Text) -> memoryview:
    """The letters of a text column, one after the other, without a copy."""
    if len(lines) == 0:
        return memoryview(b"")
    offsets = np.frombuffer(cast(Any, lines.buffers()[1]), dtype=np.int32)
    first, last = int(offsets[lines.offset]), int(offsets[lines.offset + len(lines)])
    return memoryview(cast(Any, lines.buffers()[2]))[first:last]
