"""Every profile id resolves for ever: a retired one is followed through the merge log to who it is now."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, Protocol

from heddle.identity.errors import IdentityError
from heddle.warehouse import Warehouse

Outcome = Literal["live", "merged", "retired", "lost", "unknown"]
_COLUMNS = (
    "run_seq, change, from_profile_id, to_profile_id, nodes, cause, cause_left_node, cause_right_node, "
    "reason, happened_at"
)
_NEWEST_FIRST = "order by run_seq desc, nodes desc, to_profile_id"
# of the changes of one run: the whole id went, most of it went, a part of it went
_STRONGEST = {"merge": 0, "move": 1, "split": 2, "retire": 3}


@dataclass(frozen=True)
class LogEntry:
    """One change of an id in one run; `to_id` is None when the id ended. The cause's nodes may be None."""

    run_seq: int
    change: str
    from_id: str
    to_id: str | None
    nodes: int
    cause: str
    cause_left: int | None
    cause_right: int | None
    reason: str | None
    happened_at: datetime


@dataclass(frozen=True)
class Resolution:
    """Where an id leads. `live` is None when nobody carries it on: `retired` says so on purpose (erasure, a source
    that went), `lost` means that the log ends, `unknown` that no run ever gave the id."""

    asked: str
    outcome: Outcome
    live: str | None
    steps: tuple[LogEntry, ...]


class MergeLog(Protocol):
    """What resolving asks of the log."""

    def is_live(self, profile_id: str) -> bool: ...

    def departures(self, profile_id: str) -> Sequence[LogEntry]:
        """Entries whose `from_id` is this id, newest run first."""
        ...

    def is_known(self, profile_id: str) -> bool: ...


class WarehouseLog:
    """The log in `identity.identity_merges`."""

    def __init__(self, wh: Warehouse) -> None:
        self._wh = wh

    def is_live(self, profile_id: str) -> bool:
        found = self._wh.scalar("select 1 from identity.identity_assignments where profile_id = ?", [profile_id])
        return found is not None

    def departures(self, profile_id: str) -> Sequence[LogEntry]:
        return self._entries("where from_profile_id = ?", [profile_id])

    def is_known(self, profile_id: str) -> bool:
        sql = "select 1 from identity.identity_merges where from_profile_id = ? or to_profile_id = ? limit 1"
        return self._wh.scalar(sql, [profile_id, profile_id]) is not None

    def history(self, profile_id: str, limit: int) -> Sequence[LogEntry]:
        """The newest entries that the id takes part in, on either side."""
        return self._entries("where from_profile_id = ? or to_profile_id = ?", [profile_id, profile_id], limit)

    def _entries(self, where: str, params: Sequence[object], limit: int = 100) -> Sequence[LogEntry]:
        sql = f"select {_COLUMNS} from identity.identity_merges {where} {_NEWEST_FIRST} limit {limit:d}"
        return [LogEntry(*row.values()) for row in self._wh.query(sql, params).to_pylist()]


def resolve(profile_id: str, log: MergeLog) -> Resolution:
    """Follow `profile_id` to the live id. An id that came alive again is live, whatever the log says of its past.

    Each step is the newest entry of its id and never older than the step before, so that an old merge the other
    way round is not walked back.
    """
    steps: list[LogEntry] = []
    current, seen = profile_id, {profile_id}
    while not log.is_live(current):
        step = _last_departure(log.departures(current))
        if step is None or (steps and step.run_seq < steps[-1].run_seq):
            known = bool(steps) or log.is_known(profile_id)
            return Resolution(profile_id, "lost" if known else "unknown", None, tuple(steps))
        steps.append(step)
        if step.to_id is None:
            return Resolution(profile_id, "retired", None, tuple(steps))
        if step.to_id in seen:
            return Resolution(profile_id, "lost", None, tuple(steps))
        current = step.to_id
        seen.add(current)
    return Resolution(profile_id, "merged" if steps else "live", current, tuple(steps))


def resolve_id(wh: Warehouse, profile_id: str) -> Resolution:
    """`resolve` over the warehouse's log. Raises IdentityError for an id that no run ever gave."""
    found = resolve(profile_id.strip(), WarehouseLog(wh))
    if found.outcome == "unknown":
        raise IdentityError(
            "no run ever gave this profile id",
            hint="`heddle profile show` finds a profile by an identifier",
        )
    return found


def _last_departure(entries: Sequence[LogEntry]) -> LogEntry | None:
    last_run = max((entry.run_seq for entry in entries), default=0)
    of_that_run = (entry for entry in entries if entry.run_seq == last_run)
    return min(of_that_run, key=lambda e: (e.to_id is None, _STRONGEST.get(e.change, 9), -e.nodes), default=None)
