"""The next version of one file: a run writes it batch by batch where nobody looks, and shows it when it is whole."""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO

from activations.file_places import Place

Ends = tuple[IO[bytes] | None, IO[bytes]]
Finish = Callable[[IO[bytes], IO[bytes]], None]


class Draft:
    """`begun` is whether anything was written; until then the present file is what there is."""

    def __init__(self, place: Place, path: str) -> None:
        self._place, self._path = place, path
        self.file, self.begun = place.draft(path), False

    @property
    def so_far(self) -> Path:
        """What the next batch changes."""
        return self.file if self.begun else Path(self._path)

    @contextmanager
    def rewritten(self) -> Iterator[Ends]:
        """What there is so far, and that which takes its place when the block ends well."""
        new = self.file.with_name(f"{self.file.name}.new")
        so_far = self.file.open("rb") if self.begun else self._place.present(self._path)
        try:
            with so_far as old, new.open("wb") as file:
                yield old, file
            new.replace(self.file)
        except BaseException:
            with suppress(OSError):
                new.unlink(missing_ok=True)
            raise
        self.begun = True

    @contextmanager
    def continued(self) -> Iterator[IO[bytes]]:
        """Its end; when the block fails, it is as long as before."""
        size = self.file.stat().st_size
        try:
            with self.file.open("ab") as end:
                yield end
        except BaseException:
            with suppress(OSError):
                os.truncate(self.file, size)
            raise

    def show(self, finish: Finish | None = None) -> None:
        """In place of the present file, in one step; `finish` writes it as it is to be seen."""
        if self.begun and finish:
            with self.rewritten() as (draft, file):
                assert draft is not None
                finish(draft, file)
        if self.begun:
            self._place.show(self.file, self._path)

    def discard(self) -> None:
        """Nothing of it stays behind."""
        with suppress(OSError):
            self._place.discard(self.file)
