"""The formats of files: how a change is written into a new version of one, rows at the end of that, and what is left
to do before it is shown."""

import csv
import io
import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import IO

import orjson

from activations.batch import Columns
from activations.file_edit import Edit
from activations.json_body import json_lines
from activations.json_rows import json_objects, written
from activations.parquet_file import continue_parquet, finish_parquet, rewrite_parquet

_AT_ONCE = 1 << 20  # bytes


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
    """Null and nothing are the same."""
    rows = edit.batch.operations
    if isinstance(rows, Columns) and edit.adds:
        csv.writer(text).writerows(zip(*rows.fields.values(), strict=True))
    else:
        csv.DictWriter(text, _names(edit), restval="", extrasaction="ignore").writerows(edit.fresh())


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
        new.writelines(line for line in old or () if edit.keeps(_parsed(line)))
    _continue_jsonl(new, edit)


def _continue_jsonl(end: IO[bytes], edit: Edit) -> None:
    rows = edit.batch.operations
    objects = json_objects(rows.fields) if edit.adds and isinstance(rows, Columns) else None
    end.writelines(json_lines(edit.fresh()) if objects is None else [written(objects, "\n")])


def _parsed(line: bytes) -> dict[str, object]:
    try:
        found: dict[str, object] = orjson.loads(line)
    except orjson.JSONDecodeError:  # a whole number beyond 64 bits, NaN
        found = json.loads(line)
    return found


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
