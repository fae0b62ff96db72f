"""Where a file is kept, and how it is replaced there: it appears whole or not at all.

On this machine and over SFTP the new file is written beside the old one and renamed over it; an object store shows an
object once its upload is complete. What is not on this machine is written in a private folder of it first, since a
network call per row would take hours.
"""

import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

import fsspec


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
    def present(self, path: str) -> Iterator[IO[bytes] | None]:
        """The file as it is, where there is one."""
        with self.files.open(path, "rb") if self.exists(path) else nullcontext(None) as file:
            yield file

    def draft(self, path: str) -> Path:
        """Where the next version of the file is written."""
        return Path(f"{path}.partial")

    def show(self, draft: Path, path: str) -> None:
        """Puts it in place of the file."""
        draft.replace(path)

    def discard(self, draft: Path) -> None:
        """Removes what there may be of it."""
        draft.unlink(missing_ok=True)


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
    def present(self, path: str) -> Iterator[IO[bytes] | None]:
        with tempfile.TemporaryDirectory(prefix="heddle-") as folder:
            copy = Path(folder, "present")
            if self.exists(path):
                self.files.get_file(path, str(copy))
            with copy.open("rb") if copy.exists() else nullcontext(None) as file:
                yield file

    def draft(self, path: str) -> Path:
        return Path(tempfile.mkdtemp(prefix="heddle-"), path.rpartition("/")[2])

    def show(self, draft: Path, path: str) -> None:
        self._put(str(draft), path)

    def discard(self, draft: Path) -> None:
        shutil.rmtree(draft.parent, ignore_errors=True)

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
