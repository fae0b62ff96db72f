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
_LARGE = 1_000_000  # keys


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
    held: list[Hashes]


class KnownFiles:
    """Which rows files held when this run last wrote them: sorted hashes of their keys, 8 bytes a row, in parts of
    which each is larger than the next. Somebody else's change of a file is seen by its size, time and number; of a file
    that is not on this machine nothing is known but its draft."""

    def __init__(self) -> None:
        self._written: dict[str, _Written] = {}

    def edit(self, path: str, at: Path, batch: Batch) -> Edit:
        """Of the file that is known as `path` and is `at` this place now."""
        touched = set(keys_of(batch))
        return Edit(batch, touched, self._unmet(path, at, touched))

    def note(self, path: str, at: Path, edit: Edit) -> None:
        """After it was written."""
        known = self._written.pop(path, None)
        held = known.held if known and edit.unmet else [np.sort(np.frombuffer(edit.kept, np.int64))]
        state = _state(at)
        if state:
            added = np.sort(_hashes(edit.touched if edit.adds else set()))
            self._written[path] = _Written(state, _merged([*held, added]))

    def shown(self, path: str) -> None:
        """The draft is the file now, and may have another form there."""
        known, state = self._written.pop(path, None), _state(Path(path))
        if known and state:
            self._written[path] = _Written(state, known.held)

    def _unmet(self, path: str, at: Path, touched: set[Key]) -> bool:
        known = self._written.get(path)
        if known is None or known.state != _state(at):
            return False
        hashes = np.sort(_hashes(touched))
        return not any(_meet(part, hashes) for part in known.held)


def _hashes(keys: set[Key]) -> Hashes:
    return np.fromiter(map(hash, keys), np.int64, len(keys))


def _meet(held: Hashes, hashes: Hashes) -> bool:
    if not len(held):
        return False
    places = np.minimum(np.searchsorted(held, hashes), len(held) - 1)
    return bool(np.any(held[places] == hashes))


def _merged(parts: list[Hashes]) -> list[Hashes]:
    """The last ones together until each part is more than twice the next: none is put in order anew for each batch.
    Large ones stay apart, since merging needs them twice."""
    while len(parts) > 1 and len(parts[-2]) <= min(2 * len(parts[-1]), _LARGE):
        parts[-2:] = [np.sort(np.concatenate(parts[-2:]), kind="stable")]
    return parts


def _state(path: Path) -> tuple[int, ...] | None:
    try:
        said = path.stat()
    except OSError:
        return None
    return said.st_size, said.st_mtime_ns, said.st_ino
