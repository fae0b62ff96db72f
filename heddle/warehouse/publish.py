"""Readers never open the working file: they get a copy that is replaced in one instant."""

import os
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

from heddle.errors import WarehouseError, WarehouseFull
from heddle.settings import Settings
from heddle.warehouse.open import open_warehouse
from heddle.warehouse.room import advice_on_room

_COPY = "import shutil, sys; shutil.copyfile(sys.argv[1], sys.argv[2])"
_KEPT = "readers keep the previous copy"


def publish(settings: Settings) -> Path:
    """Copies the warehouse to `settings.published_path` atomically; the path. Raises WarehouseError, and readers
    keep the copy they had.

    The copy is made by a child process while this one keeps the file open: the lock of DuckDB is a POSIX
    lock, which a process loses as soon as it closes any other descriptor of the same file.
    """
    unfinished = settings.published_path.with_suffix(".copying")
    try:
        settings.state.mkdir(parents=True, exist_ok=True)
        with open_warehouse(settings) as warehouse:
            warehouse.execute("checkpoint")
            _copy(settings.warehouse_path, unfinished)
        _flush(unfinished)
        unfinished.replace(settings.published_path)
    except OSError as error:
        with suppress(OSError):
            unfinished.unlink(missing_ok=True)
        raise _unpublished(error, settings.published_path) from None
    return settings.published_path


def _copy(source: Path, to: Path) -> None:
    command = [sys.executable, "-I", "-S", "-c", _COPY, str(source), str(to)]
    copied = subprocess.run(command, capture_output=True, text=True, check=False)
    if copied.returncode != 0:
        raise OSError((copied.stderr.splitlines() or ["the copying process was stopped"])[-1])


def _flush(path: Path) -> None:
    with path.open("rb") as file:
        os.fsync(file.fileno())


def _unpublished(error: OSError, path: Path) -> WarehouseError:
    what = f"the warehouse could not be published: {error}"
    if advice_on_room(what):
        return WarehouseFull(what, str(path), f"free disk space and run again; {_KEPT}")
    return WarehouseError(what, str(path), f"correct the folder or its rights and run again; {_KEPT}")
