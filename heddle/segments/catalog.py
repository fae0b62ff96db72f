"""The vocabulary that segments may use, as published in the `meta` of the dbt models."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from heddle.segments.duration import Duration
from heddle.segments.places import Places

EVENTS_TABLE = "profile_events"
SPANS_TABLE = "profile_event_spans"  # of each profile and event: the first, the last, how many
PROFILES_TABLE = "profiles"
PROFILES_SCHEMA = "profiles"  # of everything that the stage publishes
REACHABILITY_TABLE = "profile_reachability"
HISTORY_TABLE = "profile_trait_history"


@dataclass(frozen=True)
class Field:
    """A typed column: text, number, boolean, date, datetime or list. `synonyms` are the words people use, `history`
    says that its values are kept (profile_trait_history), `values` are all it can have, where the data team says."""

    name: str
    column: str
    type: str
    title: str = ""
    pii: bool = False
    synonyms: tuple[str, ...] = ()
    history: bool = False
    values: tuple[str, ...] = ()


@dataclass(frozen=True)
class Event:
    name: str
    title: str = ""
    fields: Mapping[str, Field] = field(default_factory=dict)
    retention: Duration | None = None


@dataclass(frozen=True)
class Relation:
    """Records that belong to a profile, one row per profile and `key`."""

    name: str
    table: str
    key: str
    title: str = ""
    fields: Mapping[str, Field] = field(default_factory=dict)


@dataclass(frozen=True)
class PublishedModel:
    """A model that others may read: its columns, and whether each is personal data."""

    schema: str
    columns: Mapping[str, bool]


@dataclass(frozen=True)
class Catalog:
    """Everything a rule may name. `time_zone` is where calendar days are counted, `lists` are the uploaded ones with
    their columns."""

    traits: Mapping[str, Field]
    events: Mapping[str, Event]
    groups: Mapping[str, tuple[str, ...]]
    relations: Mapping[str, Relation]
    channels: tuple[str, ...] = ("email", "sms", "ads")
    purposes: tuple[str, ...] = ("marketing", "ads")
    time_zone: str = "UTC"
    places: Places = field(default_factory=Places)
    lists: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    published: Mapping[str, PublishedModel] = field(default_factory=dict)

    def event_names(self, word: str) -> tuple[str, ...]:
        """The events behind an event or group name; empty when nobody knows it."""
        return (word,) if word in self.events else self.groups.get(word, ())

    def event_fields(self, word: str) -> Mapping[str, Field]:
        """The fields that every event behind the word has, with one column and type."""
        members = [self.events[name].fields for name in self.event_names(word)]
        if not members:
            return {}
        return {
            name: found
            for name, found in members[0].items()
            if all(_same(found, other.get(name)) for other in members[1:])
        }

    def carries(self, word: str, key: str | None) -> bool:
        """Whether the event or group has the member key `key` among its fields."""
        return key is not None and key in self.event_fields(word)

    def event_words(self) -> Iterable[str]:
        return [*self.events, *self.groups]

    def trait_words(self) -> dict[str, str]:
        """Every word for a trait, synonyms too -> the trait."""
        words = {synonym.lower(): name for name, trait in self.traits.items() for synonym in trait.synonyms}
        return {**words, **{name: name for name in self.traits}}

    @property
    def personal(self) -> list[str]:
        """Every name of something that is personal data, wherever it is marked so: as columns are called."""
        fields = [*self.traits.values()]
        for event in self.events.values():
            fields += event.fields.values()
        for relation in self.relations.values():
            fields += relation.fields.values()
        published = (name for model in self.published.values() for name, pii in model.columns.items() if pii)
        return sorted({one.name for one in fields if one.pii}.union(published))


def _same(one: Field, other: Field | None) -> bool:
    return other is not None and (one.column, one.type) == (other.column, other.type)
