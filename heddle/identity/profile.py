"""Everything that is known of one profile, ready to be shown: masked where it is personal."""

from dataclasses import dataclass
from datetime import datetime

from heddle.identity.changes import Change, changes
from heddle.identity.identifiers import KnownIdentifier, identifiers_of
from heddle.identity.masking import Mask, PersonalColumns
from heddle.identity.merge_log import WarehouseLog
from heddle.identity.profile_facts import Fact, golden_record, traits
from heddle.identity.reach import Reach, reach_of
from heddle.warehouse import Warehouse

_SEGMENTS = """
    select segment, member_key, entered_at from segments.segment_memberships
    where profile_id = ? order by segment, member_key
"""
_EVENTS = """
    select occurred_at, event, source, category, amount, order_id, campaign from profiles.profile_events
    where profile_id = ? order by occurred_at desc, event limit {limit:d}
"""


@dataclass(frozen=True)
class Membership:
    """In a segment since; `key` names the cart, child, ... of a segment that has several per person."""

    segment: str
    key: str
    entered_at: datetime


@dataclass(frozen=True)
class PastEvent:
    """One event; `about` is the most telling of its fields."""

    occurred_at: datetime
    event: str
    source: str | None
    about: str
    amount: float | None


@dataclass(frozen=True)
class Profile:
    """One profile. `identifiers` and `identifiers_total` differ when there are more than were asked for."""

    profile_id: str
    born_at: datetime | None
    golden: tuple[Fact, ...]
    traits: tuple[Fact, ...]
    identifiers: tuple[KnownIdentifier, ...]
    identifiers_total: int
    records_total: int
    segments: tuple[Membership, ...]
    events: tuple[PastEvent, ...]
    reach: tuple[Reach, ...]
    history: tuple[Change, ...]


def profile_of(wh: Warehouse, profile_id: str, mask: Mask, personal: PersonalColumns, limit: int) -> Profile:
    """The live profile `profile_id`, each list at most `limit` long. What the warehouse lacks is empty."""
    identifiers = identifiers_of(wh, profile_id, mask, limit)
    born = wh.query("select born_at from identity.identity_assignments where profile_id = ?", [profile_id]).to_pylist()
    records = wh.scalar("select count(*) from identity.identity_records where profile_id = ?", [profile_id])
    return Profile(
        profile_id,
        born[0]["born_at"] if born else None,
        golden_record(wh, profile_id, mask, personal),
        traits(wh, profile_id, mask, personal),
        identifiers.rows,
        identifiers.total,
        int(str(records)),
        _segments(wh, profile_id),
        _events(wh, profile_id, limit),
        reach_of(wh, profile_id, mask),
        changes(wh, WarehouseLog(wh).history(profile_id, limit), mask),
    )


def _segments(wh: Warehouse, profile_id: str) -> tuple[Membership, ...]:
    if "segment_memberships" not in wh.tables("segments"):
        return ()
    rows = wh.query(_SEGMENTS, [profile_id]).to_pylist()
    return tuple(Membership(row["segment"], row["member_key"] or "", row["entered_at"]) for row in rows)


def _events(wh: Warehouse, profile_id: str, limit: int) -> tuple[PastEvent, ...]:
    if "profile_events" not in wh.tables("profiles"):
        return ()
    rows = wh.query(_EVENTS.format(limit=limit), [profile_id]).to_pylist()
    return tuple(PastEvent(row["occurred_at"], row["event"], row["source"], _about(row), row["amount"]) for row in rows)


def _about(row: dict[str, object]) -> str:
    return next((str(row[name]) for name in ("order_id", "category", "campaign") if row[name]), "")
