"""Readers never open the working file: they get a copy that is replaced in one instant."""

import os
import subprocess
import sys
from pathlib import Path

from heddle.errors import WarehouseError
from heddle.settings import Settings
from heddle.warehouse.open import open_warehouse

_COPY = "import shutil, sys; shutil.copyfile(sys.argv[1], sys.argv[2])"


def publish(settings: Settings) -> Path:
    """Copies the warehouse to `settings.published_path` atomically; the path. Raises WarehouseError.

    The copy is made by a child process while this one keeps the file open: the lock of DuckDB is a POSIX
    lock, which a process loses as soon as it closes any other descriptor of the same file.
    """
    settings.state.mkdir(parents=True, exist_ok=True)
    unfinished = settings.published_path.with_suffix(".copying")
    with open_warehouse(settings) as warehouse:
        warehouse.execute("checkpoint")
        command = [sys.executable, "-I", "-S", "-c", _COPY, str(settings.warehouse_path), str(unfinished)]
        copied = subprocess.run(command, capture_output=True, text=True, check=False)
    if copied.returncode != 0:
        unfinished.unlink(missing_ok=True)
        raise WarehouseError(
            f"the warehouse could not be published: {(copied.stderr.splitlines() or ['?'])[-1]}",
            where=str(settings.published_path),
            hint="free disk space or fix the folder's rights; readers keep the previous copy",
        )
    _flush(unfinished)
    unfinished.replace(settings.published_path)
    return settings.published_path


def _flush(path: Path) -> None:
    with path.open("rb") as file:
        os.fsync(file.fileno())
