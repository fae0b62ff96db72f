"""Loading one declared table: everything that is new, once."""

import re
import time
import uuid
from datetime import UTC, datetime

from heddle.errors import SettingsError, SourceError
from heddle.ingestion.load_files import load_files
from heddle.ingestion.load_spec import FileLoad, PostgresLoad
from heddle.ingestion.loader import Loader
from heddle.ingestion.raw_table import RawTable, ensure_raw_table
from heddle.ingestion.read_postgres import load_postgres
from heddle.ingestion.read_rest import load_rest
from heddle.ingestion.result import IngestResult
from heddle.settings import Settings
from heddle.warehouse import Warehouse, prepare_warehouse
from heddle.warehouse.masking import without_data

# what an address of a server or an API may carry besides the address
_CREDENTIALS = re.compile(r"(?<=://)[^/@\s]+@|(?<=[^\s?])\?\S+=[^\s:]+")
_EMAIL = re.compile(r"[\w.+-]+@[\w-]+(\.[\w-]+)+")


def ingest(
    warehouse: Warehouse, settings: Settings, table: RawTable, loaded_at: datetime | None = None
) -> IngestResult:
    """Appends what is new of `table` to the raw table of its name; loading twice changes nothing.

    `loaded_at` is naive UTC, default now. A bad row or file is a reject, never an error; raises SourceError when
    a database or API cannot be reached and WarehouseError when the warehouse cannot take the rows. Whatever
    stops it, each file is in whole or not at all.
    """
    started = time.monotonic()
    moment = loaded_at or datetime.now(UTC).replace(tzinfo=None)
    result = IngestResult(table.name)
    prepare_warehouse(warehouse)
    with warehouse.transaction():
        result.type_changes.extend(ensure_raw_table(warehouse, table))
    batch_id = uuid.uuid4().hex

    def new_loader() -> Loader:
        return Loader(warehouse, table, moment, batch_id)

    if isinstance(table.load, FileLoad):
        load_files(new_loader, settings, table, table.load, result)
    else:
        result.files_seen = 1
        with warehouse.transaction():
            loader = new_loader()
            if isinstance(table.load, PostgresLoad):
                load_postgres(loader, settings, table.load)
            else:
                load_rest(loader, settings, table.load)
        loader.tally.add_to(result)
    # how many rows an unreadable file hides is unknown, so no share of rows excuses it
    total = result.rows + result.rejects
    result.over_limit = result.files_unreadable > 0 or table.load.reject_limit.is_exceeded(result.rejects, total)
    result.seconds = time.monotonic() - started
    return result


def ingest_or_problem(warehouse: Warehouse, settings: Settings, table: RawTable) -> IngestResult:
    """As `ingest`, but a source that cannot be read (server away, credentials missing) is a result with `problem`
    and over its limit: what was loaded before stays, and the other tables go on. Raises WarehouseError."""
    started = time.monotonic()
    try:
        return ingest(warehouse, settings, table)
    except (SourceError, SettingsError) as error:
        problem = _EMAIL.sub("...@...", _CREDENTIALS.sub("...", without_data(str(error))))
        # a server is one source, found or not; of files nobody knows how many there are
        seen = 0 if isinstance(table.load, FileLoad) else 1
        return IngestResult(table.name, seen, over_limit=True, problem=problem, seconds=time.monotonic() - started)
