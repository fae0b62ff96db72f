"""Who is to be forgotten, beside the warehouse: a rebuilt or restored warehouse must not bring anybody back.

`STATE/erasures.jsonl` has one line per erased node: its number, when and why. No value is kept there either. A line
that cannot be read stops the run: to go on without it would take somebody in again who asked to be forgotten.
"""

import json
import os
from collections.abc import Iterator
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import Any

import pyarrow as pa

from heddle.identity.errors import IdentityError
from heddle.settings import Settings, naive_utc
from heddle.warehouse import Warehouse

Entry = dict[str, Any]


def register_path(settings: Settings) -> Path:
    return settings.state / "erasures.jsonl"


def lost_erasures(wh: Warehouse, path: Path) -> list[Entry]:
    """What the register has and heddle.erasures has not. Raises IdentityError with the line that cannot be read."""
    known = _known(wh)
    return [entry for node, entry in _entries(path).items() if node not in known]


def restore_erasures(wh: Warehouse, path: Path) -> int:
    """Adds to heddle.erasures what the register has more, and to the register what the table has more.

    Returns how many rows the table had lost. Raises IdentityError with the line that cannot be read.
    """
    lost = lost_erasures(wh, path)
    if lost:
        with wh.transaction():
            wh.append("heddle.erasures", _table(lost))
    kept = _entries(path)
    register(path, [entry for node, entry in _known(wh).items() if node not in kept])
    return len(lost)


def register(path: Path, entries: list[Entry]) -> None:
    """Adds entries: written beside the file, which a crash leaves as it was or as it shall be."""
    if not entries:
        return
    lines = [json.dumps({**entry, "erased_at": entry["erased_at"].isoformat()}) for entry in entries]
    before = path.read_bytes() if path.exists() else b""
    begun = b"\n" if before and not before.endswith(b"\n") else b""
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        with unfinished.open("wb") as file:
            file.write(before + begun + "".join(f"{line}\n" for line in lines).encode())
            file.flush()
            os.fsync(file.fileno())
        unfinished.replace(path)
    finally:
        with suppress(OSError):
            unfinished.unlink()


def _table(entries: list[Entry]) -> pa.Table:
    times = pa.array([entry["erased_at"] for entry in entries], pa.timestamp("us"))
    nodes, reasons = ([entry[name] for entry in entries] for name in ("node", "reason"))
    return pa.table({"node": pa.array(nodes, pa.int64()), "erased_at": times, "reason": pa.array(reasons, pa.string())})


def _known(wh: Warehouse) -> dict[int, Entry]:
    rows = wh.query("select node, erased_at, reason from heddle.erasures order by erased_at desc").to_pylist()
    return {row["node"]: row for row in rows}


def _entries(path: Path) -> dict[int, Entry]:
    return {entry["node"]: entry for entry in _lines(path)}


def _lines(path: Path) -> Iterator[Entry]:
    content = path.read_bytes() if path.exists() else b""
    for number, line in enumerate(content.splitlines(), start=1):
        if not line.strip():
            continue
        try:
            found = json.loads(line)
            yield {
                "node": pa.scalar(int(found["node"]), pa.int64()).as_py(),
                "erased_at": naive_utc(datetime.fromisoformat(found["erased_at"])),
                "reason": str(found["reason"]),
            }
        except (ValueError, KeyError, TypeError, OverflowError, pa.ArrowException):
            raise IdentityError(
                "this line of the register of erasures cannot be read",
                where=f"{path}:{number}",
                hint='a line is {"node": 123, "erased_at": "2026-04-01T10:00:00", "reason": "asked"}',
            ) from None
