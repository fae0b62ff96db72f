"""One change of a file that holds a whole audience: rows that go, rows that come, and what is known of the rest."""

from array import array
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

Row = dict[str, Any]
Key = tuple[str, ...]
Hashes = npt.NDArray[np.int64]


@dataclass
class Edit:
    """Take out the rows with these keys, add these. `unmet`: the file holds none of them, so that it can be copied as
    it is; who reads its rows all the same sets it to False. `kept` are hashes of the keys that stay."""

    touched: set[Key]
    fresh: Sequence[Row]
    key_fields: tuple[str, ...]
    unmet: bool = False
    kept: "array[int]" = field(default_factory=lambda: array("q"))

    def keeps(self, row: Mapping[str, object]) -> bool:
        key = tuple(str(row.get(name, "")) for name in self.key_fields)
        if key in self.touched:
            return False
        self.kept.append(hash(key))
        return True


def keys_of(rows: Sequence[Row], names: tuple[str, ...]) -> Iterable[Key]:
    return zip(*([str(row.get(name, "")) for row in rows] for name in names), strict=True)


@dataclass(frozen=True)
class _Written:
    state: tuple[int, ...]
    held: Hashes


class KnownFiles:
    """Which rows the files on this machine held when this run last wrote them: sorted hashes of their keys, 8 bytes a
    row. Somebody else's change of a file is seen by its size, time and number."""

    def __init__(self) -> None:
        self._written: dict[str, _Written] = {}

    def edit(self, path: str, rows: Sequence[Row], key_fields: tuple[str, ...], removal: bool) -> Edit:
        touched = set(keys_of(rows, key_fields))
        return Edit(touched, [] if removal else rows, key_fields, self._unmet(path, touched))

    def note(self, path: str, edit: Edit) -> None:
        """After the file was replaced."""
        before = self._written[path].held if edit.unmet else np.frombuffer(edit.kept, np.int64)
        added = np.fromiter(map(hash, keys_of(edit.fresh, edit.key_fields)), np.int64, len(edit.fresh))
        state = _state(path)
        self._written.pop(path, None)
        if state:
            self._written[path] = _Written(state, np.sort(np.concatenate([before, added])))

    def _unmet(self, path: str, touched: set[Key]) -> bool:
        known = self._written.get(path)
        if known is None or known.state != _state(path):
            return False
        if not len(known.held):
            return True
        hashes = np.fromiter(map(hash, touched), np.int64, len(touched))
        places = np.minimum(np.searchsorted(known.held, hashes), len(known.held) - 1)
        return not bool(np.any(known.held[places] == hashes))


def _state(path: str) -> tuple[int, ...] | None:
    try:
        said = Path(path).stat()
    except OSError:
        return None
    return said.st_size, said.st_mtime_ns, said.st_ino
