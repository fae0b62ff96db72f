"""The bytes of a text file, block by block; a packed file (gzip, zstd) gives what was packed."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO, Literal

import pyarrow as pa

from heddle.ingestion.unreadable import UnreadableFileError

# by the first bytes, since names say nothing reliable: an export may be called .csv and be packed all the same
Packing = Literal["gzip", "zstd"]
_PACKINGS: dict[bytes, Packing] = {b"\x1f\x8b": "gzip", b"\x28\xb5\x2f\xfd": "zstd"}
# frames to be skipped, which programs that pack in parallel write first
_PACKINGS |= {bytes([0x50 + kind]) + b"\x2a\x4d\x18": "zstd" for kind in range(16)}
_LONGEST_SIGN = max(len(sign) for sign in _PACKINGS)


def file_blocks(path: Path, size: int, block_bytes: int) -> Iterator[bytes]:
    """Of a plain file its first `size` bytes, of a packed one everything in it; no block is empty.

    Raises UnreadableFileError for a file that cannot be opened, and for a packed one that breaks off or is damaged.
    """
    try:
        with path.open("rb") as stream:
            packing = _packing(stream)
            yield from _unpacked(path, packing, block_bytes) if packing else _first(stream, size, block_bytes)
    except OSError as error:
        raise UnreadableFileError(f"cannot be read: {error.strerror}") from None


def is_packed(path: Path) -> bool:
    """Whether the file is packed; False for one that cannot be opened."""
    try:
        with path.open("rb") as stream:
            return _packing(stream) is not None
    except OSError:
        return False


def _packing(stream: BinaryIO) -> Packing | None:
    start = stream.read(_LONGEST_SIGN)
    stream.seek(0)
    return next((name for sign, name in _PACKINGS.items() if start.startswith(sign)), None)


def _first(stream: BinaryIO, size: int, block_bytes: int) -> Iterator[bytes]:
    left = size
    while left > 0 and (block := stream.read(min(block_bytes, left))):
        left -= len(block)
        yield block


def _unpacked(path: Path, packing: Packing, block_bytes: int) -> Iterator[bytes]:
    opened: Any = pa.input_stream(str(path), compression=packing)
    with opened as stream:
        while block := _next_block(stream, packing, block_bytes):
            yield block


def _next_block(stream: Any, packing: Packing, block_bytes: int) -> bytes:
    try:
        block: bytes = stream.read(block_bytes)
    except OSError as error:
        what = "breaks off" if "Truncated" in str(error) else "is damaged"
        raise UnreadableFileError(f"{what}: it is {packing} and cannot be unpacked to its end") from None
    return block
