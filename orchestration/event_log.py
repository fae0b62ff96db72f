"""Dagster's SQLite event log with its connections kept open.

Dagster 1.13 opens and closes its SQLite files several times for every event. Closing the last connection makes
SQLite checkpoint and sync the write-ahead log (4 ms each on the reference machine, 33 ms an event), which was a
third of a run with a few hundred assets and checks. The files, the schema and the locking stay as they are.
"""

from collections import OrderedDict
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path
from typing import Any

from dagster._core.storage.event_log.schema import AssetCheckExecutionsTable
from dagster._core.storage.event_log.sqlite.sqlite_event_log import SqliteEventLogStorage
from dagster._serdes import ConfigurableClassData
from sqlalchemy import Connection, Engine, create_engine
from sqlalchemy.event import listen

_CHECKS: Any = AssetCheckExecutionsTable
BUSY_SECONDS = 60
KEPT = 4


class KeptEventLog(SqliteEventLogStorage):
    """`event_log_storage` of dagster.yaml; one engine with its pool per shard instead of one per event."""

    @classmethod
    def from_config_value(cls, inst_data: ConfigurableClassData | None, config_value: Any) -> "KeptEventLog":
        """Dagster's own makes its own class here, whatever dagster.yaml names."""
        return cls(inst_data=inst_data, **config_value)

    def dispose(self) -> None:
        """Close the connections that were kept."""
        self._close_all()
        super().dispose()

    def wipe(self) -> None:
        """Delete the files of all runs: a connection kept to one of them would write where nobody reads."""
        self._close_all()
        super().wipe()

    def delete_events(self, run_id: str) -> None:
        """Dagster's own leaves the file of the run at its full size, and what its checks came to."""
        with self.index_connection() as index:
            self.delete_events_for_run(index, run_id)
            index.execute(_CHECKS.delete().where(_CHECKS.c.run_id == run_id))
        with self._db_lock:
            self._initialized_dbs.discard(run_id)
            if run_id in self._engines:
                self._engines.pop(run_id).dispose()
            for end in ("", "-wal", "-shm"):
                Path(f"{self.path_for_shard(run_id)}{end}").unlink(missing_ok=True)

    def has_table(self, table_name: str) -> bool:
        """Dagster asks for every event, each time with an engine of its own; a table that was there stays."""
        if table_name not in self._tables:
            if not super().has_table(table_name):
                return False
            self._tables.add(table_name)
        return True

    @cached_property
    def _tables(self) -> set[str]:
        return set()

    def _close_all(self) -> None:
        while self._engines:
            self._engines.popitem()[1].dispose()

    @cached_property
    def _engines(self) -> OrderedDict[str, Engine]:
        return OrderedDict()

    @contextmanager
    def _connect(self, shard: str) -> Iterator[Connection]:
        with self._db_lock, self._engine(shard).connect() as connection, connection.begin():
            yield connection

    def _engine(self, shard: str) -> Engine:
        if shard not in self._engines:
            address = self.conn_string_for_shard(shard)
            engine: Any = create_engine(address, connect_args={"timeout": BUSY_SECONDS})
            listen(engine, "connect", _sync_at_checkpoints)
            if shard not in self._initialized_dbs:
                self._initdb(engine)
                self._initialized_dbs.add(shard)
            self._engines[shard] = engine
        self._engines.move_to_end(shard)
        while len(self._engines) > KEPT:  # the web server looks at every run: one shard each
            self._engines.popitem(last=False)[1].dispose()
        return self._engines[shard]


def _sync_at_checkpoints(connection: Any, _record: object) -> None:
    """A run commits 3,500 times, 4 to 8 ms each. With a write-ahead log this setting keeps the file sound also when the
    power fails; only the last events could then be missing, and nothing is decided by them."""
    connection.execute("pragma synchronous = normal")
