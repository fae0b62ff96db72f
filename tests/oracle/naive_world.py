"""People as plain records: what the tables of the profiles and segments stages say about each of them."""

from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

Record = dict[str, Any]


@dataclass(frozen=True)
class Person:
    """Everything known of one profile. Instants are naive UTC; a missing value is None or an absent key.

    `events` hold `event`, `occurred_at` and columns; `related` the records per relation; `reachable` rows of
    channel, purpose, is_reachable; `stays` the stays per stored segment: member_key, entered_at, left_at.
    `history` has the periods of tracked traits: trait, value, valid_from, valid_to. `identifiers` are
    pairs of type and value.
    """

    profile_id: str
    traits: Record = field(default_factory=dict)
    events: tuple[Record, ...] = ()
    related: dict[str, tuple[Record, ...]] = field(default_factory=dict)
    reachable: tuple[Record, ...] = ()
    stays: dict[str, tuple[Record, ...]] = field(default_factory=dict)
    history: tuple[Record, ...] = ()
    identifiers: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class World:
    """People, the zone of the workspace, and the instant around which their facts lie."""

    zone: str
    as_of: datetime
    people: tuple[Person, ...]

    def with_people(self, people: tuple[Person, ...]) -> "World":
        return replace(self, people=people)
