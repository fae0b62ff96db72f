"""Opening the warehouse: wait for another process, close always."""

import random
import time
from collections.abc import Iterator
from contextlib import contextmanager

import duckdb

from heddle.errors import WarehouseError
from heddle.settings import Settings
from heddle.warehouse.contract import Warehouse
from heddle.warehouse.duckdb import DuckWarehouse, translate
from heddle.warehouse.quote import literal

WAIT_SECONDS = 60.0


@contextmanager
def open_warehouse(settings: Settings, read_only: bool = False, wait: float = WAIT_SECONDS) -> Iterator[Warehouse]:
    """The warehouse of `settings`, created when new; waits up to `wait` seconds for another process.

    Raises WarehouseError when it stays locked, cannot be read, or (`read_only`) does not exist.
    """
    if read_only and not settings.warehouse_path.exists():
        raise WarehouseError(
            "there is no warehouse yet", where=str(settings.warehouse_path), hint="run `heddle run` first"
        )
    connection = _connect(settings, read_only, wait)
    try:
        _configure(connection, settings)
        yield DuckWarehouse(connection, settings.warehouse_path)
    finally:
        connection.close()


def _connect(settings: Settings, read_only: bool, wait: float) -> duckdb.DuckDBPyConnection:
    path = settings.warehouse_path
    if not read_only:
        path.parent.mkdir(parents=True, exist_ok=True)
    started, attempt = time.monotonic(), 0
    while True:
        try:
            return duckdb.connect(str(path), read_only=read_only)
        except duckdb.IOException as error:
            if "lock" not in str(error).lower():
                raise translate(error, path) from None
            if time.monotonic() - started > wait:
                raise _locked(error, settings, wait) from None
            time.sleep(min(2.0, 0.05 * 2**attempt) * (0.5 + random.random()))
            attempt += 1
        except duckdb.Error as error:
            raise translate(error, path) from None


def _configure(connection: duckdb.DuckDBPyConnection, settings: Settings) -> None:
    connection.execute("set autoinstall_known_extensions = false")
    connection.execute("set TimeZone = 'UTC'")
    # many small appends between two checkpoints: each of these compresses the last rows of a table anew
    connection.execute("set checkpoint_threshold = '64MB'")
    if settings.memory_limit:
        connection.execute(f"set memory_limit = {literal(settings.memory_limit)}")
    if settings.threads:
        connection.execute(f"set threads = {settings.threads:d}")


def _locked(error: duckdb.Error, settings: Settings, wait: float) -> WarehouseError:
    holder = str(error).partition("(PID ")[2].partition(")")[0] or "unknown"
    return WarehouseError(
        f"another process (pid {holder}) has held the warehouse for {wait:.0f} s",
        where=str(settings.warehouse_path),
        hint="wait for the other run to end, or stop it, and run again",
    )
