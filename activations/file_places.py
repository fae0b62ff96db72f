"""Where a file is kept, and how it is replaced there: it appears whole or not at all.

On this machine and over SFTP the new file is written beside the old one and renamed over it; an object store shows an
object once its upload is complete. What is not on this machine is edited in a private local copy, since a network call
per row would take hours.
"""

import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

import fsspec

Ends = tuple[IO[bytes] | None, IO[bytes]]


def _nothing() -> None:
    return


@dataclass(frozen=True)
class Place:
    """`errors`: those that the library of this kind of place raises beside OSError. `close` gives connections back."""

    files: Any
    folder: str
    errors: tuple[type[Exception], ...] = ()
    close: Callable[[], object] = _nothing

    def check(self) -> None:
        """Raises OSError or one of `errors`, as all of these."""
        self.prepare()

    def prepare(self) -> None:
        """Makes the folder."""
        self.files.makedirs(self.folder, exist_ok=True)

    def path(self, name: str) -> str:
        return f"{self.folder}/{name}"

    def exists(self, path: str) -> bool:
        """fsspec's own `exists` says no as well when nobody answers, and then the old rows would be gone."""
        try:
            self.files.info(path)
        except FileNotFoundError:
            return False
        return True

    @contextmanager
    def edited(self, path: str) -> Iterator[Ends]:
        """The present file, where there is one, and that which takes its place when the block ends well."""
        partial = f"{path}.partial"
        present = self.files.open(path, "rb") if self.exists(path) else nullcontext(None)
        try:
            with present as old, self.files.open(partial, "wb") as new:
                yield old, new
            self.files.mv(partial, path)
        except BaseException:
            with suppress(OSError):
                self.files.rm(partial)
            raise


@dataclass(frozen=True)
class RemotePlace(Place):
    """`renames`: an upload is visible while it goes on, so it goes beside the old file."""

    renames: bool = False

    def check(self) -> None:
        if self.renames:
            self.prepare()
        else:
            self.files.ls(self.folder.partition("/")[0])

    def prepare(self) -> None:
        """An object store has no folders, and making one would make a bucket that is only misspelt."""
        if self.renames:
            super().prepare()

    @contextmanager
    def edited(self, path: str) -> Iterator[Ends]:
        with tempfile.TemporaryDirectory(prefix="heddle-") as folder:
            before, after = Path(folder, "before"), Path(folder, "after")
            present = self.exists(path)
            if present:
                self.files.get_file(path, str(before))
            with before.open("rb") if present else nullcontext(None) as old, after.open("wb") as new:
                yield old, new
            self._put(str(after), path)

    def _put(self, local: str, path: str) -> None:
        if not self.renames:
            self.files.put_file(local, path)
            return
        partial = f"{path}.partial"
        try:
            self.files.put_file(local, partial)
            self.files.mv(partial, path)
        except BaseException:
            with suppress(OSError, *self.errors):
                self.files.rm_file(partial)
            raise


def local_place(folder: Path) -> Place:
    files, path = fsspec.core.url_to_fs(str(folder))
    return Place(files, path)
