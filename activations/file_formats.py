"""The formats of files: how a change is written into a new version of one, rows at the end of that, and what is left
to do before it is shown."""

import csv
import io
import shutil
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import IO

from activations.batch import Columns
from activations.file_edit import Edit
from activations.json_body import json_lines, json_text, json_value
from activations.json_rows import json_objects, written
from activations.parquet_file import continue_parquet, finish_parquet, rewrite_parquet
from activations.text_column import TextColumn

_AT_ONCE = 1 << 20  # bytes
csv.field_size_limit(2**31 - 1)  # else a value of more than 128 kB is written and never read again


def _rewrite_csv(old: IO[bytes] | None, new: IO[bytes], edit: Edit) -> None:
    present = io.TextIOWrapper(old, encoding="utf-8", newline="") if old else None
    text = _text(new)
    reader = csv.DictReader(present or ())
    known = list(reader.fieldnames or ())
    names = _names(edit) or known
    writer = csv.DictWriter(text, names, restval="", extrasaction="ignore")
    if edit.unmet and old and names == known:
        old.seek(0)
        shutil.copyfileobj(old, new, _AT_ONCE)
    else:
        edit.unmet = False
        writer.writeheader()
        writer.writerows(row for row in reader if edit.keeps(row))
    _csv_rows(text, edit)
    for wrapper in (present, text):
        if wrapper:
            wrapper.detach()


def _continue_csv(end: IO[bytes], edit: Edit) -> None:
    text = _text(end)
    _csv_rows(text, edit)
    text.detach()


def _csv_rows(text: IO[str], edit: Edit) -> None:
    """Null and nothing are the same; a list or an object is its JSON."""
    rows = edit.batch.operations
    if isinstance(rows, Columns) and edit.adds:
        csv.writer(text).writerows(zip(*map(_cells, rows.fields.values()), strict=True))
    else:
        fresh = (dict(zip(row, _cells(list(row.values())), strict=True)) for row in edit.fresh())
        csv.DictWriter(text, _names(edit), restval="", extrasaction="ignore").writerows(fresh)


def _cells(column: Sequence[object]) -> Iterable[object]:
    if isinstance(column, TextColumn) and not column.is_nested():
        return column
    return (json_text(value) if isinstance(value, list | dict) else value for value in column)


def _text(file: IO[bytes]) -> io.TextIOWrapper:
    return io.TextIOWrapper(file, encoding="utf-8", newline="", write_through=True)


def _names(edit: Edit) -> list[str]:
    """The columns of the rows that come."""
    rows = edit.batch.operations
    if isinstance(rows, Columns) and edit.adds:
        return list(rows.fields)
    return list(next(edit.fresh(), ()))


def _rewrite_jsonl(old: IO[bytes] | None, new: IO[bytes], edit: Edit) -> None:
    if edit.unmet and old:
        shutil.copyfileobj(old, new, _AT_ONCE)
    else:
        edit.unmet = False
        new.writelines(line for line in _lines(old) if edit.keeps(json_value(line)))
    _continue_jsonl(new, edit)


def _continue_jsonl(end: IO[bytes], edit: Edit) -> None:
    rows = edit.batch.operations
    objects = json_objects(rows.fields) if edit.adds and isinstance(rows, Columns) else None
    end.writelines(json_lines(edit.fresh()) if objects is None else [written(objects, "\n")])


def _lines(old: IO[bytes] | None) -> Iterator[bytes]:
    """Each with its end, which who edits a file by hand may leave out; what is empty is no row."""
    return (line if line.endswith(b"\n") else line + b"\n" for line in old or () if line.strip())


def can_continue(kind: str, file: Path, edit: Edit) -> bool:
    """A CSV file has one set of columns."""
    if kind != "csv" or not edit.adds:
        return True
    with file.open(encoding="utf-8", newline="") as text:
        return next(csv.reader(text), []) == _names(edit)


Rewrite = Callable[[IO[bytes] | None, IO[bytes], Edit], None]
Continue = Callable[[IO[bytes], Edit], None]
REWRITE: dict[str, Rewrite] = {"csv": _rewrite_csv, "jsonl": _rewrite_jsonl, "parquet": rewrite_parquet}
CONTINUE: dict[str, Continue] = {"csv": _continue_csv, "jsonl": _continue_jsonl, "parquet": continue_parquet}
FINISH: dict[str, Callable[[IO[bytes], IO[bytes]], None]] = {"parquet": finish_parquet}
