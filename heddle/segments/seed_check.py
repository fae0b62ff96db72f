"""Do the city of `near` and the list of `in_list` exist, without doubt which?"""

from collections.abc import Iterator

from heddle.segments.catalog import Catalog
from heddle.segments.fault import Finding, Path, did_you_mean, shown
from heddle.segments.near import Near
from heddle.segments.places import fold
from heddle.segments.seed_words import LIST_COLUMNS, LIST_PREFIX, LISTS_FOLDER


def check_near(near: Near, path: Path, catalog: Catalog) -> Iterator[Finding]:
    """A city is known, in one country only or in the one that is named."""
    if not {"latitude", "longitude"} <= catalog.traits.keys():
        hint = "the data team publishes the traits latitude and longitude of `profiles`"
        yield Finding(path, "`near` is not possible: the catalog does not say where people live", hint)
    if near.city is None:
        return
    found = catalog.places.named(near.city)
    countries = ", ".join(sorted(place.country for place in found))
    if not found:
        hint = did_you_mean(fold(near.city), catalog.places.cities()) or "or write `lat` and `lon`"
        yield Finding((*path, "city"), f"unknown city {shown(near.city)}", hint)
    elif near.country and not catalog.places.named(near.city, near.country):
        yield Finding((*path, "country"), f"no {near.city} is known in {near.country}", f"known in: {countries}")
    elif near.country is None and len(found) > 1:
        hint = f"add `country:`, one of {countries}"
        yield Finding((*path, "city"), f"there is more than one {near.city}", hint)


def check_list(name: str, path: Path, catalog: Catalog) -> Iterator[Finding]:
    """A list is a seed with the two columns that its people are found by."""
    if name not in catalog.lists:
        hint = did_you_mean(name, catalog.lists) or f"it is the seed {LISTS_FOLDER}/{LIST_PREFIX}<name>.csv"
        yield Finding(path, f"unknown list {shown(name)}", hint)
    elif lacking := [column for column in LIST_COLUMNS if column not in catalog.lists[name]]:
        what = f"the list {name} has no column {' and no column '.join(lacking)}"
        yield Finding(path, what, f"its columns are {', '.join(LIST_COLUMNS)}")
