"""Is there anything to do? A digest of all that a run depends on: files, definitions, settings, the instant."""

import hashlib
from collections.abc import Iterator, Sequence
from datetime import datetime
from pathlib import Path

from activations.waiting import waiting_deliveries
from heddle.errors import WarehouseError
from heddle.identity import erasures_waiting, lost_erasures, register_path
from heddle.ingestion import FileLoad, RawTable, declared_tables, others_load, resolve_as_of
from heddle.ingestion.files import find_files
from heddle.settings import Settings
from heddle.warehouse import Warehouse, open_warehouse

DEFINITIONS = ("dbt_project", "segments_yaml", "activations", "orchestration", "heddle")
KINDS = {".sql", ".yml", ".yaml", ".csv", ".py", ".j2"}
SKIPPED = {"generated", "target", "logs", "__pycache__", "dbt_packages"}


def inputs_fingerprint(settings: Settings, job: str) -> str | None:
    """The digest of a run that would start now; None when a source can only be asked by loading it, or is loaded by
    somebody else."""
    tables = declared_tables(settings)
    if others_load(settings) or not all(isinstance(table.load, FileLoad) for table in tables):
        return None
    facts = [
        job,
        settings.model_dump_json(exclude={"threads", "memory_limit", "keep_runs"}),
        resolve_as_of(settings, tables).isoformat(),
        *files_now(settings, tables),
        *(f"{path}:{hashlib.sha256(path.read_bytes()).hexdigest()}" for path in _definition_files(settings.root)),
    ]
    return hashlib.sha256("\n".join(facts).encode()).hexdigest()


def files_now(settings: Settings, tables: Sequence[RawTable]) -> list[str]:
    """Name, size and time of every file that the declared sources match; cheap, nothing is opened."""
    globs = {table.load.files for table in tables if isinstance(table.load, FileLoad)}
    found = (file for pattern in sorted(globs) for file in find_files(settings, pattern))
    return [f"{file.name}:{file.size}:{file.modified_ns}" for file in found]


def last_fingerprint(settings: Settings) -> str | None:
    """The digest of the last run that succeeded; None when there is none, when deliveries wait to be retried, when
    somebody is to be forgotten, or when a person's command since asks for a run (`forget_fingerprint`)."""
    if not settings.warehouse_path.exists():
        return None
    try:
        with open_warehouse(settings, read_only=True) as wh:
            if "runs" not in wh.tables("heddle") or waiting_deliveries(wh, _now(settings)) or erasures_waiting(wh):
                return None
            if lost_erasures(wh, register_path(settings)):
                return None
            last = wh.query("select fingerprint from heddle.runs order by started_at desc limit 1").to_pylist()
    except WarehouseError:
        return None
    return str(last[0]["fingerprint"]) if last and last[0]["fingerprint"] else None


def remember(settings: Settings, run_id: str, fingerprint: str | None) -> None:
    """Record that the run with this id did all there was to do for these inputs."""
    with open_warehouse(settings) as wh:
        wh.execute("update heddle.runs set fingerprint = ? where run_id = ?", [fingerprint, run_id])


def forget_fingerprint(wh: Warehouse) -> None:
    """Lets the next run do its work: a person changed what it starts from, which no file or definition shows."""
    if "runs" in wh.tables("heddle"):
        wh.execute("update heddle.runs set fingerprint = null")


def run_status(settings: Settings, run_id: str) -> str | None:
    """How the run with this id ended, as it wrote it down itself."""
    if not settings.warehouse_path.exists():
        return None
    with open_warehouse(settings, read_only=True) as wh:
        if "runs" not in wh.tables("heddle"):
            return None
        found = wh.scalar("select status from heddle.runs where run_id = ?", [run_id])
    return None if found is None else str(found)


def _now(settings: Settings) -> datetime:
    return resolve_as_of(settings, declared_tables(settings))


def _definition_files(root: Path) -> Iterator[Path]:
    for folder in DEFINITIONS:
        for path in sorted((root / folder).rglob("*")):
            if path.suffix in KINDS and not SKIPPED.intersection(path.parts) and path.is_file():
                yield path
