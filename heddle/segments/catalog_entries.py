"""The catalog as a list to look things up in: every word that a segment may use, with what the data team says of it."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Literal

from heddle.segments.catalog import Catalog, Field

Kind = Literal["trait", "event", "group", "relation", "channel", "list"]


@dataclass(frozen=True)
class FieldEntry:
    """A field of an event or a relation. `personal` ones are masked wherever they are shown."""

    name: str
    type: str
    title: str
    personal: bool


@dataclass(frozen=True)
class CatalogEntry:
    """One word. `type` and `history` (its values are kept, for `for_at_least`) of a trait, `fields` of an event or
    relation, `events` of a group, `key` of a relation, `kept` of an event (how long; None for ever), `purposes` of a
    channel."""

    kind: Kind
    name: str
    title: str = ""
    type: str | None = None
    personal: bool = False
    synonyms: tuple[str, ...] = ()
    fields: tuple[FieldEntry, ...] = ()
    events: tuple[str, ...] = ()
    key: str | None = None
    kept: str | None = None
    purposes: tuple[str, ...] = ()
    history: bool = False

    def texts(self) -> Iterator[str]:
        """Everything of the entry that a search looks at."""
        yield from (self.name, self.title, self.type or "", *self.synonyms, *self.events)
        for field in self.fields:
            yield from (field.name, field.title)


def catalog_entries(catalog: Catalog, word: str = "") -> tuple[CatalogEntry, ...]:
    """Every entry, or those that have `word` somewhere in their names, titles, synonyms or fields; traits first."""
    wanted = word.strip().lower()
    return tuple(entry for entry in _all(catalog) if any(wanted in text.lower() for text in entry.texts()))


def known_words(catalog: Catalog) -> list[str]:
    """Every name and synonym, for a "did you mean"."""
    return [word for entry in _all(catalog) for word in (entry.name, *entry.synonyms)]


def _all(catalog: Catalog) -> Iterator[CatalogEntry]:
    for trait in catalog.traits.values():
        yield CatalogEntry(
            "trait", trait.name, trait.title, trait.type, trait.pii, trait.synonyms, history=trait.history
        )
    for event in catalog.events.values():
        kept = str(event.retention) if event.retention else None
        yield CatalogEntry("event", event.name, event.title, fields=_fields(event.fields.values()), kept=kept)
    for name, events in catalog.groups.items():
        yield CatalogEntry("group", name, events=events, fields=_fields(catalog.event_fields(name).values()))
    for relation in catalog.relations.values():
        fields = _fields(relation.fields.values())
        yield CatalogEntry("relation", relation.name, relation.title, fields=fields, key=relation.key)
    for channel in catalog.channels:
        yield CatalogEntry("channel", channel, purposes=catalog.purposes)
    for name in catalog.lists:
        yield CatalogEntry("list", name)


def _fields(fields: Iterable[Field]) -> tuple[FieldEntry, ...]:
    return tuple(FieldEntry(field.name, field.type, field.title, field.pii) for field in fields)
