"""One change of a file that holds a whole audience: rows that go, rows that come, and what is known of the rest."""

from array import array
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from itertools import repeat
from pathlib import Path

import numpy as np
import numpy.typing as npt

from activations.contract import Batch, Columns, Target

Key = tuple[str, ...]
Hashes = npt.NDArray[np.int64]
_PART = 1_000_000  # keys


@dataclass
class Keys:
    """Of many rows: sorted hashes, 8 bytes a row, in parts, since sorting needs them twice."""

    _sorted: list[Hashes] = field(default_factory=list)
    _last: "array[int]" = field(default_factory=lambda: array("q"))

    def add(self, key: Key) -> None:
        self._last.append(hash(key))
        if len(self._last) == _PART:
            self._sort()

    def meet(self, keys: set[Key]) -> bool:
        """Whether any of `keys` was added."""
        self._sort()
        asked = np.sort(np.fromiter(map(hash, keys), np.int64, len(keys)))
        return any(bool(np.any(part[_places(part, asked)] == asked)) for part in self._sorted)

    def _sort(self) -> None:
        if self._last:
            self._sorted.append(np.sort(np.frombuffer(self._last, np.int64)))
            self._last = array("q")


def _places(part: Hashes, asked: Hashes) -> npt.NDArray[np.intp]:
    return np.minimum(np.searchsorted(part, asked), len(part) - 1)


@dataclass
class Edit:
    """Take out the rows with the keys of `batch`, and add its rows unless they are to be removed. `unmet`: the file
    holds none of them, so that it can be copied as it is; who reads its rows all the same sets it to False. `kept` are
    the rows that it held before and that stay, as far as they are `all_known`: rows that changed are there, and so will
    be those of the next batch."""

    batch: Batch
    touched: set[Key]
    unmet: bool = False
    kept: Keys = field(default_factory=Keys)
    all_known: bool = True

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
        key = tuple(_said(row.get(name)) for name in self.key_fields)
        if key in self.touched:
            return False
        if self.batch.action == "add":
            self.kept.add(key)
        else:
            self.all_known = False
        return True


def keys_of(batch: Batch) -> Iterator[Key]:
    names = batch.target.key_fields
    if isinstance(batch.operations, Columns):
        columns = [batch.operations.fields.get(name) or repeat(None, len(batch.operations)) for name in names]
        return zip(*(map(_said, column) for column in columns), strict=True)
    return (tuple(_said(row.get(name)) for name in names) for row in batch.rows())


def _said(value: object) -> str:
    """Null and nothing are the same, as in a CSV file."""
    return "" if value is None else str(value)


@dataclass(frozen=True)
class _Written:
    target: Target
    state: tuple[int, ...]
    before: Keys


class KnownFiles:
    """Which rows files held before this run. What it wrote itself need not be known: it has one operation per key, and
    meets none of its rows again. Another run has another target. Somebody else's change of a file is seen by its size,
    time and number; of a file that is not on this machine nothing is known but its draft."""

    def __init__(self) -> None:
        self._written: dict[str, _Written] = {}

    def edit(self, path: str, at: Path, batch: Batch) -> Edit:
        """Of the file that is known as `path` and is `at` this place now."""
        touched, known = set(keys_of(batch)), self._written.pop(path, None)
        same = known and known.target is batch.target and known.state == _state(at)
        if known and same and not known.before.meet(touched):
            return Edit(batch, touched, unmet=True, kept=known.before)
        return Edit(batch, touched)

    def note(self, path: str, at: Path, edit: Edit) -> None:
        """After it was written."""
        state = _state(at)
        if state and edit.all_known:
            self._written[path] = _Written(edit.batch.target, state, edit.kept)

    def shown(self, path: str) -> None:
        """The draft is the file now, and may have another form there."""
        known, state = self._written.pop(path, None), _state(Path(path))
        if known and state:
            self._written[path] = replace(known, state=state)


def _state(path: Path) -> tuple[int, ...] | None:
    try:
        said = path.stat()
    except OSError:
        return None
    return said.st_size, said.st_mtime_ns, said.st_ino
