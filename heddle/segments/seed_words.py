"""The vocabulary that dbt seeds hold: places and uploaded lists."""

import csv
from collections.abc import Iterator
from pathlib import Path

from heddle.errors import SegmentError
from heddle.segments.places import Place, Places, places_of

PLACES_FILE = "places.csv"
LISTS_FOLDER = "lists"
LIST_PREFIX = "list_"
LIST_COLUMNS = ("identifier_type", "identifier")


def load_places(seeds: Path) -> Places:
    """`places.csv`; no places where there is no such file. Raises SegmentError for a row that cannot be read."""
    path = seeds / PLACES_FILE
    return places_of(_rows(path)) if path.is_file() else Places()


def _rows(path: Path) -> Iterator[tuple[str, Place]]:
    with path.open(encoding="utf-8", newline="") as file:
        for number, row in enumerate(csv.DictReader(file), 2):
            try:
                place = Place(row["city"], row["country"], float(row["latitude"]), float(row["longitude"]))
                yield row["name"], place
            except (KeyError, TypeError, ValueError):
                hint = "columns: name, city, country, latitude, longitude, time_zone"
                raise SegmentError("a place cannot be read", where=f"{path}:{number}", hint=hint) from None


def load_lists(seeds: Path) -> dict[str, tuple[str, ...]]:
    """Name of every uploaded list (`lists/list_<name>.csv`) -> its columns."""
    files = sorted((seeds / LISTS_FOLDER).glob(f"{LIST_PREFIX}*.csv"))
    return {file.stem.removeprefix(LIST_PREFIX): _header(file) for file in files}


def _header(file: Path) -> tuple[str, ...]:
    with file.open(encoding="utf-8-sig", errors="replace", newline="") as opened:
        return tuple(word.strip() for word in next(csv.reader(opened), []))
