"""Which files are new: by content, with a cheap look at path, size and time first.

The rules are in docs/decisions/0002-file-idempotence.md: one content is loaded once whatever its name; a file
that grew gives only what was added; any other change is a new version of the file, loaded whole.
"""

import glob
import hashlib
import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from heddle.ingestion.file_blocks import file_blocks, is_packed
from heddle.ingestion.load_spec import FileLoad
from heddle.ingestion.raw_table import RawTable
from heddle.ingestion.records import UTF8
from heddle.ingestion.unreadable import ChangedFileError, UnreadableFileError
from heddle.settings import Settings
from heddle.warehouse import Warehouse

READ_BYTES = 2**20  # to be hashed
BLOCK_BYTES = 16 * 2**20  # to be cut into rows
READERS = 3  # raised when they learn to read something: files that were unreadable are tried again


@dataclass(frozen=True)
class SourceFile:
    """A file of a source. `already`: bytes of it that an earlier load took. `problem`: why it is unreadable."""

    path: Path
    name: str
    size: int = -1
    modified_ns: int = -1
    content_hash: str | None = None
    already: int = 0
    is_copy: bool = False
    problem: str | None = None


@dataclass(frozen=True)
class _Known:
    """An entry of raw_files."""

    file: str
    content_hash: str | None
    size: int
    modified_ns: int
    readable: bool
    spec: str | None

    def looks_like(self, file: SourceFile) -> bool:
        return (self.size, self.modified_ns) == (file.size, file.modified_ns)


def find_files(settings: Settings, pattern: str) -> list[SourceFile]:
    """The files that match, sorted by name; a folder or an unusable name is one with a `problem`."""
    # Path.glob refuses names that glob.glob finds, and gives no names relative to the folder
    names = sorted(glob.glob(pattern, root_dir=settings.data, recursive=True))  # noqa: PTH207
    walked = "." not in pattern.rpartition("/")[2]
    return [_look(settings.data, name) for name in names if not (walked and (settings.data / name).is_dir())]


def new_files(warehouse: Warehouse, table: RawTable, spec: FileLoad, found: list[SourceFile]) -> list[SourceFile]:
    """Those of `found` whose content is not loaded yet, hashed; copies of a loaded content come last.

    Last, because the entry of a copy must never be stored before the rows that it stands for.
    """
    known = _known_files(warehouse, table)
    current = spec_fingerprint(table)
    contents = {entry.content_hash for entry in known if entry.readable or entry.spec == current}
    latest = {entry.file: entry for entry in known}
    fresh: list[SourceFile] = []
    for file in found:
        before = latest.get(file.name)
        settled = before is not None and before.looks_like(file) and (before.readable or before.spec == current)
        if settled and before and before.content_hash:
            continue
        hashed = file if file.problem else _hashed(file, before, spec)
        if settled and hashed.problem:
            continue
        copied = hashed.content_hash is not None and hashed.content_hash in contents
        contents.add(hashed.content_hash)
        fresh.append(replace(hashed, is_copy=copied, already=0 if copied else hashed.already))
    return sorted(fresh, key=lambda file: file.is_copy)


def content_of(file: SourceFile) -> Iterator[bytes]:
    """The content that was hashed, block by block. Raises ChangedFileError, before the last block at the latest, when
    it is another one by now: what is in raw_files would not be what was loaded."""
    digest, last = _digest(), b""
    try:
        for block in file_blocks(file.path, file.size, BLOCK_BYTES):
            digest.update(block)
            if last:
                yield last
            last = block
    except UnreadableFileError:
        raise ChangedFileError from None
    if digest.hexdigest() != file.content_hash:
        raise ChangedFileError
    if last:
        yield last


def count_unreadable(warehouse: Warehouse, table: RawTable, found: list[SourceFile]) -> int:
    """How many of `found` are unreadable by their latest entry; a file that is gone is no longer one of them."""
    broken = "from raw.raw_files where source = ? and table_name = ? and not readable"
    if not warehouse.scalar(f"select count(*) {broken}", [table.source, table.table]):
        return 0
    latest = {entry.file: entry.readable for entry in _known_files(warehouse, table)}
    return sum(not latest.get(file.name, True) for file in found)


def readable_contents(warehouse: Warehouse, table: RawTable) -> set[str]:
    """The hashes of the contents that are loaded."""
    found = warehouse.query(
        "select distinct content_hash from raw.raw_files "
        "where source = ? and table_name = ? and readable and content_hash is not null",
        [table.source, table.table],
    )
    return {str(content) for content in found.column(0).to_pylist()}


def spec_fingerprint(table: RawTable) -> str:
    """Changes when a file that was unreadable deserves another try."""
    declared = f"{READERS} {table.load!r} {[(column.name, column.type) for column in table.columns]!r}"
    return hashlib.blake2b(declared.encode(), digest_size=8).hexdigest()


def _known_files(warehouse: Warehouse, table: RawTable) -> list[_Known]:
    rows = warehouse.query(
        "select file, content_hash, size, modified_ns, readable, spec from raw.raw_files "
        "where source = ? and table_name = ? order by loaded_at",
        [table.source, table.table],
    )
    return [_Known(**row) for row in rows.to_pylist()]


def _hashed(file: SourceFile, before: _Known | None, spec: FileLoad) -> SourceFile:
    """The file with the hash of its content; of a packed one of what is in it, since packing the same twice differs."""
    digest, start, at = _digest(), None, 0
    prefix = before.size if before and _may_have_grown(file, before, spec) else 0
    try:
        for block in file_blocks(file.path, file.size, READ_BYTES):
            known = max(0, min(len(block), prefix - at))
            digest.update(block[:known])
            if known and at + known == prefix:
                start = digest.hexdigest()
            digest.update(block[known:])
            at += len(block)
    except UnreadableFileError as error:
        return replace(file, problem=error.what)
    grew = before is not None and start is not None and start == before.content_hash
    return replace(file, content_hash=digest.hexdigest(), already=prefix if grew else 0)


def _digest() -> "hashlib.blake2b":
    return hashlib.blake2b(digest_size=20)


def _may_have_grown(file: SourceFile, before: _Known, spec: FileLoad) -> bool:
    """Sizes of packed files say nothing of where their content ended."""
    is_plain_text = spec.format != "parquet" and spec.encoding in UTF8 and not is_packed(file.path)
    return is_plain_text and before.readable and 0 < before.size < file.size


def _look(data: Path, name: str) -> SourceFile:
    path = data / name
    shown = os.fsencode(name).decode("utf-8", "backslashreplace")
    if shown != name:
        return SourceFile(path, shown, problem="its name is not UTF-8")
    try:
        info = path.stat()
    except OSError as error:
        return SourceFile(path, name, problem=f"cannot be read: {error.strerror}")
    problem = None
    if stat.S_ISDIR(info.st_mode):
        problem = "is a folder, not a file"
    elif not stat.S_ISREG(info.st_mode):
        problem = "is not a regular file"
    elif info.st_size == 0:
        problem = "is empty"
    return SourceFile(path, name, info.st_size, info.st_mtime_ns, problem=problem)
