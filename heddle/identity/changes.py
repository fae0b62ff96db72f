"""The merge log in words: what happened to an id, when, and what caused it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from heddle.identity.masking import Mask
from heddle.identity.merge_log import LogEntry
from heddle.identity.node import nodes_by_id
from heddle.warehouse import Warehouse


@dataclass(frozen=True)
class Change:
    """One line of the merge history; `cause` names the edge or the guard, masked."""

    happened_at: datetime
    change: str
    from_id: str
    to_id: str | None
    nodes: int
    cause: str


def changes(wh: Warehouse, entries: Sequence[LogEntry], mask: Mask) -> tuple[Change, ...]:
    """Log entries with their causes in words."""
    ids = {node for entry in entries for node in (entry.cause_left, entry.cause_right) if node is not None}
    nodes = nodes_by_id(wh, ids)

    def cause(entry: LogEntry) -> str:
        named = [mask.node(nodes.get(n)) for n in (entry.cause_left, entry.cause_right) if n is not None]
        told = ", ".join(part for part in (" to ".join(named), entry.reason) if part)
        return f"{entry.cause}: {told}" if told else entry.cause

    return tuple(Change(e.happened_at, e.change, e.from_id, e.to_id, e.nodes, cause(e)) for e in entries)
