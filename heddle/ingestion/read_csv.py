"""CSV: records are cut by quotes and line ends, fields by Arrow's parser, types by the warehouse."""

import csv
from collections.abc import Callable, Iterator
from typing import Any, Literal

import numpy as np
import pyarrow as pa
from pyarrow import csv as arrow_csv

from heddle.ingestion.files import SourceFile, content_of
from heddle.ingestion.load_spec import FileLoad
from heddle.ingestion.names import column_for
from heddle.ingestion.piece import Piece, bindable, readable, set_aside
from heddle.ingestion.raw_table import RawTable
from heddle.ingestion.records import Records, read_records
from heddle.ingestion.result import Reject
from heddle.ingestion.unreadable import UnreadableFileError

Fields = tuple[list["pa.Array[Any]"], dict[int, str]]


def csv_pieces(file: SourceFile, table: RawTable, spec: FileLoad) -> Iterator[Piece]:
    """The new rows of a CSV file. Raises UnreadableFileError when it has no usable header."""
    header: list[str] = []
    for block in read_records(content_of(file), spec.encoding, spec.delimiter):
        records = _without_blank(block)
        if not header and len(records):
            header = _header(records, table, spec.delimiter)
            records = records.where(np.arange(len(records)) > 0)
        records = records.where(records.ends > file.already)
        if len(records):
            yield _piece(file.name, records, header, spec.delimiter)


def _piece(file: str, block: Records, header: list[str], delimiter: str) -> Piece:
    records, rejects = readable(block, file)
    rejects += set_aside(records, records.closed, file, "a quote opens and does not close")
    records = records.where(records.closed)
    columns, broken = _fields(records, len(header), delimiter)
    kept = np.ones(len(records), np.bool_)
    for at, reason in broken.items():
        kept[at] = False
        line = int(records.lines[at])
        rejects.append(Reject(file, line, records.shown(line), reason))
    rows = bindable(dict(zip(header, columns, strict=True)), file, records.where(kept))
    return Piece(file, rows, rejects)


def _fields(records: Records, width: int, delimiter: str) -> Fields:
    """The columns of the rows that have `width` fields, and why the rows at other positions have not."""
    broken: dict[int, str] = {}
    try:
        table = _parse(records, width, delimiter, broken)
    except pa.ArrowInvalid:
        return _fields_one_by_one(records, width, delimiter)
    if table.num_rows + len(broken) != len(records):
        return _fields_one_by_one(records, width, delimiter)
    return [column.combine_chunks() for column in table.columns], broken


def _parse(records: Records, width: int, delimiter: str, broken: dict[int, str]) -> pa.Table:
    names = [str(index) for index in range(width)]
    data: Any = pa.py_buffer(records.bytes())
    source: Any = pa.BufferReader(data)
    return arrow_csv.read_csv(
        source,
        read_options=arrow_csv.ReadOptions(
            column_names=names, use_threads=False, block_size=max(1, min(data.size + 1, 2**31 - 1))
        ),
        parse_options=arrow_csv.ParseOptions(
            delimiter=delimiter,
            newlines_in_values=True,
            ignore_empty_lines=False,
            invalid_row_handler=_collector(broken),
        ),
        convert_options=arrow_csv.ConvertOptions(
            column_types=dict.fromkeys(names, pa.string()),
            null_values=[""],
            strings_can_be_null=True,
            quoted_strings_can_be_null=True,
        ),
    )


def _collector(broken: dict[int, str]) -> Callable[[Any], Literal["skip"]]:
    def collect(row: Any) -> Literal["skip"]:
        broken[row.number - 1] = _wrong_width(row.expected_columns, row.actual_columns)
        return "skip"

    return collect


def _fields_one_by_one(records: Records, width: int, delimiter: str) -> Fields:
    """The same for a block whose quoting is so broken that a parser would run over the end of a row."""
    good: list[list[str]] = []
    broken: dict[int, str] = {}
    texts: list[Any] = records.text.to_pylist()
    for at, raw in enumerate(texts):
        try:
            row = next(csv.reader([raw.decode().rstrip("\r\n")], delimiter=delimiter, strict=True), [])
        except csv.Error:
            broken[at] = "quotes are broken"
            continue
        if len(row) == width:
            good.append(row)
        else:
            broken[at] = _wrong_width(width, len(row))
    columns = zip(*good, strict=True) if good else [()] * width
    return [pa.array([value or None for value in column], pa.string()) for column in columns], broken


def _wrong_width(expected: int, actual: int) -> str:
    return f"expected {expected} columns, got {actual}"


def _header(records: Records, table: RawTable, delimiter: str) -> list[str]:
    """The raw column of every field of the file. The texts say nothing of what the header holds: a file
    without one has a person in its first line."""
    raw: bytes = records.text[0].as_py()
    try:
        names = next(csv.reader([raw.decode().rstrip("\r\n")], delimiter=delimiter), [])
    except (UnicodeDecodeError, csv.Error):
        raise UnreadableFileError("has a header that is not readable UTF-8 text") from None
    declared = [column.name for column in table.columns]
    taken: set[str] = set()
    header = [column_for(name.strip(), declared, taken) for name in names]
    if declared and not set(header) & set(declared):
        raise UnreadableFileError(
            f"none of the {len(declared)} declared columns is in its header (is load.delimiter right?)"
        )
    return header


def _without_blank(records: Records) -> Records:
    blank = {b"\n", b"\r\n", b"\r", b""}
    short = records.lengths() <= 2
    if not short.any():
        return records
    kept = ~short
    for at in np.flatnonzero(short):
        kept[at] = records.text[int(at)].as_py() not in blank
    return records.where(kept)
