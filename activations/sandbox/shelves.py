"""What a vendor of the sandbox holds: named shelves of records, remembered over restarts."""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

Record = dict[str, Any]


class Shelves:
    """`shelf -> key -> record`. With a `journal`, every change is a line of it, and a new instance reads it."""

    def __init__(self, journal: Path | None = None) -> None:
        self._shelves: dict[str, dict[str, Record]] = {}
        self._journal = journal
        self._unwritten: list[str] = []
        if journal and journal.exists():
            written, _, torn = journal.read_text(encoding="utf-8").rpartition("\n")
            if torn:  # of a sandbox that was killed while it wrote; the next line begins anew
                journal.write_text(f"{written}\n" if written else "", encoding="utf-8")
            for line in written.splitlines():
                self._change(*json.loads(line))

    def get(self, shelf: str, key: object) -> Record | None:
        return self._shelves.get(shelf, {}).get(str(key))

    def rows(self, shelf: str) -> Mapping[str, Record]:
        return self._shelves.get(shelf, {})

    def named(self) -> Iterator[tuple[str, Mapping[str, Record]]]:
        yield from sorted(self._shelves.items())

    def put(self, shelf: str, key: object, record: Record) -> None:
        self._note(shelf, str(key), record)

    def merge(self, shelf: str, key: object, record: Record) -> None:
        self.put(shelf, key, {**(self.get(shelf, key) or {}), **record})

    def drop(self, shelf: str, key: object) -> bool:
        known = self.get(shelf, key) is not None
        if known:
            self._note(shelf, str(key), None)
        return known

    def next_id(self, shelf: str, start: int = 1) -> int:
        """A number that no record of the shelf has had."""
        last = self.get("ids", shelf) or {"last": start - 1}
        self.put("ids", shelf, {"last": last["last"] + 1})
        return int(last["last"]) + 1

    def clear(self) -> None:
        self._shelves.clear()
        self._unwritten.clear()
        if self._journal:
            self._journal.unlink(missing_ok=True)

    def flush(self) -> None:
        """Writes what changed since the last time; called once per request."""
        lines, self._unwritten = self._unwritten, []
        if self._journal and lines:
            self._journal.parent.mkdir(parents=True, exist_ok=True)
            with self._journal.open("a", encoding="utf-8") as file:
                file.write("".join(lines))

    def _note(self, shelf: str, key: str, record: Record | None) -> None:
        self._change(shelf, key, record)
        if self._journal:
            self._unwritten.append(json.dumps([shelf, key, record], default=str) + "\n")

    def _change(self, shelf: str, key: str, record: Record | None) -> None:
        held = self._shelves.setdefault(shelf, {})
        if record is None:
            held.pop(key, None)
        else:
            held[key] = record
