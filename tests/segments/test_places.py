"""The list of cities that ships: whole, without doubles, with every city of the demo company."""

import csv
from pathlib import Path
from zoneinfo import ZoneInfo

from heddle.demo.vocabulary import CITIES
from heddle.segments.places import fold
from heddle.segments.seed_words import load_places

SEEDS = Path(__file__).parents[2] / "dbt_project/seeds"


def rows() -> list[dict[str, str]]:
    with (SEEDS / "places.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_every_place_is_on_the_globe_and_has_a_time_zone() -> None:
    for row in rows():
        assert abs(float(row["latitude"])) <= 90, row
        assert abs(float(row["longitude"])) <= 180, row
        assert ZoneInfo(row["time_zone"]).key == row["time_zone"]
        assert row["name"] == row["name"].lower().strip()


def test_a_spelling_means_one_place_per_country() -> None:
    keys = [(row["name"], row["country"]) for row in rows()]
    assert len(keys) == len(set(keys))
    assert len({row["city"] for row in rows()}) > 400


def test_every_city_of_the_demo_company_is_known() -> None:
    places = load_places(SEEDS)
    for country, cities in CITIES.items():
        for city in cities.split("|"):
            assert [place.country for place in places.named(city)] == [country], city


def test_spellings_fold() -> None:
    assert fold("Bielsko-Biała") == fold("bielsko biala") == "bielsko biala"
    assert fold("Łódź") == "lodz"
    assert fold("St. Louis") == fold("st louis")
