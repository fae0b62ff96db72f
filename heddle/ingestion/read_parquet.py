"""Parquet: the warehouse reads the files itself, those of one schema in one scan."""

from collections import Counter
from collections.abc import Iterable
from itertools import groupby
from pathlib import Path

from heddle.errors import UnreadableData
from heddle.ingestion.files import SourceFile
from heddle.ingestion.load_spec import FileLoad
from heddle.ingestion.loader import Loader
from heddle.ingestion.typed_fields import Schema, column_expressions, described, typed_fields
from heddle.ingestion.unreadable import ChangedFileError, UnreadableFileError
from heddle.warehouse import Warehouse, literal

FILE_COLUMN = "_heddle_file"
ROW_COLUMN = "file_row_number"


def load_parquet(loader: Loader, files: Iterable[SourceFile], _: FileLoad) -> None:
    """All rows of `files`. Columns that nobody declared are added with the type of the file, declared ones are
    cast. Raises UnreadableFileError."""
    listed = list(files)
    try:
        _load_all(loader, listed)
    except UnreadableData as error:
        _check_unchanged(listed)
        raise UnreadableFileError(f"is not readable Parquet: {error.what}") from error


def _load_all(loader: Loader, files: Iterable[SourceFile]) -> None:
    members = [(_schema(loader.warehouse, file.path), file) for file in files]
    for schema, alike in groupby(sorted(members, key=lambda item: item[0]), key=lambda item: item[0]):
        _load_alike(loader, schema, [file for _, file in alike])


def _load_alike(loader: Loader, schema: Schema, files: list[SourceFile]) -> None:
    fields = typed_fields(loader, schema, files[0].name)
    source = _relation(files, schema)
    counts = _row_counts(loader.warehouse, files)
    loader.tally.rows.update(counts)
    if loader.insert(source, fields) < counts.total():
        loader.tally.rows.subtract(loader.refuse(source, fields))
    _check_unchanged(files)


def _relation(files: list[SourceFile], schema: Schema) -> str:
    names = " ".join(f"when {literal(str(file.path))} then {literal(file.name)}" for file in files)
    listed = ", ".join(literal(_exactly(file.path)) for file in files)
    return (
        f"(select {column_expressions(schema)}, case {FILE_COLUMN} {names} end as _file, {ROW_COLUMN} + 1 as _row, "
        f"null::varchar as _problem from read_parquet([{listed}], filename = {literal(FILE_COLUMN)}, "
        f"file_row_number = true, hive_partitioning = false))"
    )


def _schema(warehouse: Warehouse, path: Path) -> Schema:
    schema = described(warehouse, f"read_parquet({literal(_exactly(path))}, hive_partitioning = false)")
    if {ROW_COLUMN, FILE_COLUMN} & {name.lower() for name, _ in schema}:
        raise UnreadableFileError(f"has a column {ROW_COLUMN} or {FILE_COLUMN}, which are reserved")
    return schema


def _row_counts(warehouse: Warehouse, files: list[SourceFile]) -> Counter[str]:
    listed = ", ".join(literal(_exactly(file.path)) for file in files)
    found = warehouse.query(f"select file_name, num_rows from parquet_file_metadata([{listed}])").to_pylist()
    counts = {row["file_name"]: int(row["num_rows"]) for row in found}
    return Counter({file.name: counts[str(file.path)] for file in files})


def _check_unchanged(files: list[SourceFile]) -> None:
    for file in files:
        try:
            now = file.path.stat()
        except OSError:
            raise ChangedFileError from None
        if (now.st_size, now.st_mtime_ns) != (file.size, file.modified_ns):
            raise ChangedFileError


def _exactly(path: Path) -> str:
    """The path as a glob that matches only itself."""
    return "".join(f"[{char}]" if char in "*?[" else char for char in str(path))
