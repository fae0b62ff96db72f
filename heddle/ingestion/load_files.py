"""The files of a source: groups of small ones and single big ones, each group one transaction."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import groupby

from heddle.ingestion.files import SourceFile, count_unreadable, find_files, new_files, readable_contents
from heddle.ingestion.load_spec import FileLoad
from heddle.ingestion.load_text import load_csv, load_jsonl
from heddle.ingestion.loader import Loader
from heddle.ingestion.raw_table import RawTable
from heddle.ingestion.read_parquet import load_parquet
from heddle.ingestion.result import IngestResult, Reject
from heddle.ingestion.unreadable import ChangedFileError, UnreadableFileError
from heddle.settings import Settings

GROUP_FILES = 500
GROUP_BYTES = 64 * 2**20
_FORMATS = {"csv": load_csv, "jsonl": load_jsonl, "parquet": load_parquet}


NewLoader = Callable[[], Loader]


def load_files(
    new_loader: NewLoader, settings: Settings, table: RawTable, spec: FileLoad, result: IngestResult
) -> None:
    """Loads what is new among the files of `table` and adds the counts to `result`."""
    found = find_files(settings, spec.files)
    result.files_seen = len(found)
    warehouse = new_loader().warehouse
    for group in _groups(new_files(warehouse, table, spec, found)):
        _load(new_loader, group, spec, result)
    result.files_unreadable = count_unreadable(warehouse, table, found)


def _load(new_loader: NewLoader, files: list[SourceFile], spec: FileLoad, result: IngestResult) -> None:
    """One transaction; when a file in it turns out unreadable, half by half until that file is alone."""
    warehouse = new_loader().warehouse
    try:
        if files[0].problem:
            raise UnreadableFileError(files[0].problem)
        with warehouse.transaction():
            loader = new_loader()
            if files[0].is_copy:
                _store_copies(loader, files)
            else:
                _FORMATS[spec.format](loader, files, spec)
                loader.tally.loaded = len(files)
                loader.store_files(files)
        loader.tally.add_to(result)
    except UnreadableFileError as error:
        if len(files) == 1:
            # of what was not read in the end nothing is known: should it come back, it is not the copy of a broken file
            unknown = isinstance(error, ChangedFileError)
            refused = replace(files[0], content_hash=None) if unknown else files[0]
            _refuse(new_loader, refused, error.what, result)
            return
        middle = len(files) // 2
        _load(new_loader, files[:middle], spec, result)
        _load(new_loader, files[middle:], spec, result)


def _store_copies(loader: Loader, files: list[SourceFile]) -> None:
    """Another name, or another time, does not repair a content."""
    loaded = readable_contents(loader.warehouse, loader.table)
    for readable in (True, False):
        alike = [file for file in files if (file.content_hash in loaded) is readable]
        if alike:
            loader.store_files(alike, readable)


def _refuse(new_loader: NewLoader, file: SourceFile, reason: str, result: IngestResult) -> None:
    loader = new_loader()
    with loader.warehouse.transaction():
        loader.store_rejects([Reject(file.name, None, None, f"the file {reason}")])
        loader.store_files([file], readable=False)
    loader.tally.add_to(result)


def _groups(files: list[SourceFile]) -> Iterator[list[SourceFile]]:
    """Neighbours that may share a transaction: of one kind, and together not too big."""
    for _, alike in groupby(files, key=lambda file: (file.problem is None, file.is_copy)):
        group: list[SourceFile] = []
        size = 0
        for file in alike:
            full = len(group) >= GROUP_FILES or size + file.size > GROUP_BYTES
            if group and (full or file.problem):
                yield group
                group, size = [], 0
            group.append(file)
            size += file.size
        yield group
