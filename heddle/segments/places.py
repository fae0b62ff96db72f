"""Cities and where they are, as the data team lists them; a name resolves however it is spelled."""

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

_LETTERS = str.maketrans({"ł": "l", "ø": "o", "đ": "d", "ß": "ss", "æ": "ae", "œ": "oe", "ı": "i"})
_GAP = re.compile(r"[\s.'’-]+")


@dataclass(frozen=True)
class Place:
    """A city; degrees north and east, country as ISO 3166 alpha-2."""

    city: str
    country: str
    latitude: float
    longitude: float


@dataclass(frozen=True)
class Places:
    """Every known spelling, folded -> the cities of that name, one per country."""

    by_name: Mapping[str, tuple[Place, ...]] = field(default_factory=dict)

    def named(self, city: str, country: str | None = None) -> tuple[Place, ...]:
        """The cities that a person may mean."""
        found = self.by_name.get(fold(city), ())
        return tuple(place for place in found if country is None or place.country == country.upper())

    def cities(self) -> list[str]:
        """The spellings that are suggested."""
        return sorted({place.city for places in self.by_name.values() for place in places} | set(self.by_name))


def places_of(rows: Iterable[tuple[str, Place]]) -> Places:
    """From (spelling, place)."""
    by_name: dict[str, dict[str, Place]] = {}
    for spelling, place in rows:
        for name in _spellings(spelling, place):
            by_name.setdefault(name, {}).setdefault(place.country, place)
    return Places({name: tuple(found.values()) for name, found in by_name.items()})


def _spellings(spelling: str, place: Place) -> Iterator[str]:
    yield fold(spelling)
    yield fold(place.city)


def fold(name: str) -> str:
    """Small letters without accents, one space where there was any gap: `Kraków` and `krakow` are one."""
    plain = unicodedata.normalize("NFKD", name.casefold().translate(_LETTERS))
    return _GAP.sub(" ", "".join(c for c in plain if not unicodedata.combining(c))).strip()
