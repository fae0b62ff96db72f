"""One change of a file that holds a whole audience: rows that go, rows that come, and what is known of the rest."""

from array import array
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import repeat
from pathlib import Path

import numpy as np
import numpy.typing as npt

from activations.contract import Batch, Columns

Key = tuple[str, ...]
Hashes = npt.NDArray[np.int64]


@dataclass
class Edit:
    """Take out the rows with the keys of `batch`, and add its rows unless they are to be removed. `unmet`: the file
    holds none of them, so that it can be copied as it is; who reads its rows all the same sets it to False. `kept` are
    hashes of the keys that stay."""

    batch: Batch
    touched: set[Key]
    unmet: bool = False
    kept: "array[int]" = field(default_factory=lambda: array("q"))

    @property
    def key_fields(self) -> tuple[str, ...]:
        return self.batch.target.key_fields

    @property
    def adds(self) -> bool:
        return self.batch.action != "remove"

    def fresh(self) -> Iterator[Mapping[str, object]]:
        """The rows that come."""
        return self.batch.rows() if self.adds else iter(())

    def keeps(self, row: Mapping[str, object]) -> bool:
        key = tuple(str(row.get(name, "")) for name in self.key_fields)
        if key in self.touched:
            return False
        self.kept.append(hash(key))
        return True


def keys_of(batch: Batch) -> Iterator[Key]:
    names = batch.target.key_fields
    if isinstance(batch.operations, Columns):
        columns = [batch.operations.fields.get(name) or repeat("", len(batch.operations)) for name in names]
        return zip(*(map(str, column) for column in columns), strict=True)
    return (tuple(str(row.get(name, "")) for name in names) for row in batch.rows())


@dataclass(frozen=True)
class _Written:
    state: tuple[int, ...]
    held: Hashes


class KnownFiles:
    """Which rows the files on this machine held when this run last wrote them: sorted hashes of their keys, 8 bytes a
    row. Somebody else's change of a file is seen by its size, time and number."""

    def __init__(self) -> None:
        self._written: dict[str, _Written] = {}

    def edit(self, path: str, batch: Batch) -> Edit:
        touched = set(keys_of(batch))
        return Edit(batch, touched, self._unmet(path, touched))

    def note(self, path: str, edit: Edit) -> None:
        """After the file was replaced."""
        before = self._written[path].held if edit.unmet else np.sort(np.frombuffer(edit.kept, np.int64))
        added = np.sort(_hashes(edit.touched if edit.adds else set()))
        state = _state(path)
        self._written.pop(path, None)
        if state:
            # stable: what is sorted in parts is only merged
            self._written[path] = _Written(state, np.sort(np.concatenate([before, added]), kind="stable"))

    def _unmet(self, path: str, touched: set[Key]) -> bool:
        known = self._written.get(path)
        if known is None or known.state != _state(path):
            return False
        if not len(known.held):
            return True
        hashes = _hashes(touched)
        places = np.minimum(np.searchsorted(known.held, hashes), len(known.held) - 1)
        return not bool(np.any(known.held[places] == hashes))


def _hashes(keys: set[Key]) -> Hashes:
    return np.fromiter(map(hash, keys), np.int64, len(keys))


def _state(path: str) -> tuple[int, ...] | None:
    try:
        said = Path(path).stat()
    except OSError:
        return None
    return said.st_size, said.st_mtime_ns, said.st_ino
