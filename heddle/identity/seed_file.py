"""Appending one decision to a seed: the lines that are there stay byte for byte, and no reader sees half a file."""

import csv
import io
import os
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path

from heddle.identity.errors import IdentityError


class SeedFile:
    """A CSV file with a header, kept in the team's git. UTF-8; the line end of its header is the file's."""

    def __init__(self, path: Path) -> None:
        self._path = path.resolve()
        self._content = self._read()

    def rows(self) -> Iterator[tuple[int, dict[str, str]]]:
        """Line number and row, in the order of the file."""
        reader = csv.DictReader(io.StringIO(self._text(), newline=""))
        for row in reader:
            yield reader.line_num, {key: value or "" for key, value in row.items() if key is not None}

    def append(self, row: Mapping[str, str]) -> None:
        """Adds the row as the last line, atomically. Columns that `row` lacks stay empty.

        Raises IdentityError when the file lacks a column, or somebody else changed it meanwhile.
        """
        columns = self._columns()
        missing = sorted(set(row) - set(columns))
        if missing:
            raise IdentityError(
                f"the file has no column {', '.join(missing)}", where=str(self._path), hint="add it to the header"
            )
        line = io.StringIO(newline="")
        csv.writer(line, lineterminator=self._line_end()).writerow([row.get(name, "") for name in columns])
        gap = "" if self._content.endswith((b"\n", b"\r")) else self._line_end()
        self._replace(self._content + (gap + line.getvalue()).encode())

    def _read(self) -> bytes:
        try:
            return self._path.read_bytes()
        except OSError as error:
            raise IdentityError(
                "the decisions of the team cannot be read", where=str(self._path), hint=error.strerror or "?"
            ) from None

    def _text(self) -> str:
        try:
            return self._content.decode("utf-8-sig")
        except UnicodeDecodeError:
            raise IdentityError("the file is not UTF-8", where=str(self._path), hint="save it as UTF-8") from None

    def _columns(self) -> list[str]:
        return next(csv.reader(io.StringIO(self._text(), newline="")), [])

    def _line_end(self) -> str:
        header = self._content.splitlines(keepends=True)[:1]
        return "\r\n" if header and header[0].endswith(b"\r\n") else "\n"

    def _replace(self, content: bytes) -> None:
        """Writes beside the file and renames: a crash leaves the old file or the new one."""
        handle, name = tempfile.mkstemp(prefix=f".{self._path.name}.", dir=self._path.parent)
        unfinished = Path(name)
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            unfinished.chmod(self._path.stat().st_mode & 0o777)
            if self._read() != self._content:
                raise IdentityError(
                    "the file was changed meanwhile; nothing was written", where=str(self._path), hint="run it again"
                )
            unfinished.replace(self._path)
        finally:
            with suppress(OSError):
                unfinished.unlink()
        self._content = content
