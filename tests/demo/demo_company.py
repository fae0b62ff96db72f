"""A generated company, for the tests to look at."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from heddle.demo import DemoSummary


@dataclass(frozen=True)
class Company:
    """A generated company, read with the standard library and pyarrow only."""

    summary: DemoSummary

    def files(self, pattern: str) -> list[Path]:
        return sorted(self.summary.folder.glob(pattern))

    def json_rows(self, pattern: str) -> list[dict[str, Any]]:
        """Objects of the lines that are JSON, each once."""
        lines = {line for path in self.files(pattern) for line in path.read_text("utf-8").splitlines()}
        return [row for line in sorted(lines) if (row := parsed(line)) is not None]

    def csv_rows(self, pattern: str) -> list[dict[str, str]]:
        """Rows of the right width, each once."""
        rows = {tuple(sorted(row.items())) for path in self.files(pattern) for row in csv_rows(path)}
        return [dict(row) for row in sorted(rows)]

    def table(self, pattern: str) -> pa.Table:
        return pa.concat_tables(pq.read_table(path) for path in self.files(pattern))

    def truth(self, name: str) -> list[dict[str, Any]]:
        return pq.read_table(self.summary.truth / f"{name}.parquet").to_pylist()

    def broken(self) -> dict[str, dict[str, Any]]:
        content: dict[str, dict[str, Any]] = json.loads((self.summary.truth / "broken_rows.json").read_text("utf-8"))
        return content


def parsed(line: str) -> dict[str, Any] | None:
    try:
        row = json.loads(line)
    except ValueError:
        return None
    return row if isinstance(row, dict) else None


def csv_rows(path: Path) -> Iterator[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        header, *rows = csv.reader(file)
    return (dict(zip(header, row, strict=True)) for row in rows if len(row) == len(header))
