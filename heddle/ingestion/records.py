"""Text files as records: the bytes of every row and the physical line it starts on, block by block.

DuckDB's CSV reader knows no line for the rows that it takes, counts records instead of lines in its rejects,
and refuses a whole file for one byte that is not UTF-8; so the boundaries are found here (0.4 s per million
lines) and everything after, parsing, casting, sorting out, stays in bulk. See docs/decisions.
"""

import codecs
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa

from heddle.ingestion.boundaries import Flags, Positions, find_lines, join_quoted_lines, one_row_per_line
from heddle.ingestion.unreadable import UnreadableFileError

LONGEST_ROW_BYTES = 64 * 2**20
BYTES_LOOKED_AT = 8192
UTF8 = ("utf-8", "utf-8-sig")


@dataclass(frozen=True)
class Records:
    """Rows of text: `text` (Arrow binary, line end included), `lines` (1-based line of the first byte), `ends`
    (byte of the file where the content ends), `closed` (quotes are balanced)."""

    text: "pa.Array[Any]"
    lines: Positions
    ends: Positions
    closed: Flags

    def __len__(self) -> int:
        return len(self.lines)

    def where(self, mask: Flags) -> "Records":
        if mask.all():
            return self
        return Records(self.text.filter(pa.array(mask)), self.lines[mask], self.ends[mask], self.closed[mask])

    def shown(self, line: int) -> str:
        """The raw text of the row that starts on `line`; bytes that are not UTF-8 appear as \\xNN."""
        raw: bytes = self.text[int(np.searchsorted(self.lines, line))].as_py()
        return raw.rstrip(b"\r\n").decode("utf-8", "backslashreplace")

    def bytes(self) -> memoryview:
        """All rows as they stood in the file, one after the other."""
        cuts = self._cuts()
        return memoryview(self.text.buffers()[2] or b"")[int(cuts[0]) : int(cuts[-1])]

    def lengths(self) -> Positions:
        """Bytes of each row, line end included."""
        return np.diff(self._cuts())

    def _cuts(self) -> Positions:
        start = self.text.offset
        offsets = np.frombuffer(memoryview(self.text.buffers()[1] or b""), np.int32)
        return offsets[start : start + len(self.text) + 1].astype(np.int64)

    def are_utf8(self) -> Flags:
        """Row by row only when some row is not."""
        try:
            self.text.cast(pa.string())
        except pa.ArrowInvalid:
            return np.fromiter((_is_utf8(raw) for raw in self.text.to_pylist()), np.bool_, len(self))
        return np.ones(len(self), np.bool_)


def read_records(blocks: Iterator[bytes], encoding: str, delimiter: str | None = None) -> Iterator[Records]:
    """The rows of a text that comes in blocks; with a `delimiter`, one may span lines inside quotes.

    Raises UnreadableFileError for what is not text at all.
    """
    offset, line, carry = 0, 1, b""
    for chunk, final in _chunks(blocks, encoding):
        data = carry + chunk
        if offset == 0 and data.startswith(codecs.BOM_UTF8):
            data, offset = data[len(codecs.BOM_UTF8) :], len(codecs.BOM_UTF8)
        lines = find_lines(data, final)
        quoted = delimiter is not None
        rows = join_quoted_lines(data, lines, str(delimiter).encode(), final) if quoted else one_row_per_line(lines)
        used = 0
        if rows.lines:
            used = int(lines.stops[rows.lines - 1])
            last = np.append(rows.begins[1:], rows.lines) - 1
            text = _binary(data, np.append(lines.starts[rows.begins], used))
            yield Records(text, rows.begins + line, lines.contents[last] + offset, rows.closed)
        carry, offset, line = data[used:], offset + used, line + rows.lines
        if len(carry) > LONGEST_ROW_BYTES:
            raise UnreadableFileError(f"has a row longer than {LONGEST_ROW_BYTES >> 20} MB")


def _chunks(blocks: Iterator[bytes], encoding: str) -> Iterator[tuple[bytes, bool]]:
    """The blocks as UTF-8, and whether it is the last one."""
    decoder = None if encoding in UTF8 else codecs.getincrementaldecoder(encoding)()
    block = next(blocks, b"")
    _refuse_binary(block[:BYTES_LOOKED_AT], encoding)
    try:
        while block:
            following = next(blocks, b"")
            yield (decoder.decode(block, not following).encode() if decoder else block), not following
            block = following
    except UnicodeError:
        raise UnreadableFileError(f"has bytes that are not {encoding}") from None


def _refuse_binary(start: bytes, encoding: str) -> None:
    if not start:
        raise UnreadableFileError("is empty")
    if start.startswith(b"PK\x03\x04"):
        raise UnreadableFileError("is a zip archive: unpack it, or pack each file with gzip")
    if encoding.startswith(("utf-16", "utf-32")):
        return
    if start.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        raise UnreadableFileError("is UTF-16 text: declare load.encoding: utf-16")
    if b"\0" in start:
        raise UnreadableFileError("is a binary file, not text")


def _binary(data: bytes, offsets: Positions) -> "pa.Array[Any]":
    """An Arrow view of `data`, cut at `offsets`, without a copy."""
    cuts = pa.py_buffer(offsets.astype(np.int32).data)
    return pa.Array.from_buffers(pa.binary(), len(offsets) - 1, [None, cuts, pa.py_buffer(data)])


def _is_utf8(raw: Any) -> bool:
    try:
        raw.decode()
    except UnicodeDecodeError:
        return False
    return True
