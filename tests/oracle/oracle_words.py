"""The vocabulary that the oracle and the compiler share: plain data here, the `meta` of dbt models for Heddle."""

from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import yaml

from heddle.segments import Catalog, load_catalog

# field -> (column of profile_events, type)
Fields = dict[str, tuple[str, str]]

TRAITS = {
    "city": "text",
    "plan": "text",
    "birth_date": "date",
    "renews_on": "date",
    "first_order_at": "datetime",
    "lifetime_value": "number",
    "score": "number",
    "is_employee": "boolean",
    "interests": "list",
    "latitude": "number",
    "longitude": "number",
}
EVENTS: dict[str, Fields] = {
    "product_viewed": {"product_id": ("product_id", "text"), "category": ("category", "text")},
    "cart_updated": {"cart_id": ("cart_id", "text"), "cart_total": ("amount", "number"), "gift": ("gift", "boolean")},
    "order_placed": {
        "order_id": ("order_id", "text"),
        "cart_id": ("cart_id", "text"),
        "product_id": ("product_id", "text"),
        "order_total": ("amount", "number"),
        "channel": ("channel", "text"),
        "delivered_on": ("delivered_on", "date"),
        "promised_at": ("promised_at", "datetime"),
    },
    "ticket_opened": {"category": ("category", "text"), "product_id": ("product_id", "text")},
    "trial_activated": {},
}
GROUPS = {
    "any_activity": ["product_viewed", "cart_updated", "order_placed"],
    "any_cart": ["cart_updated", "order_placed"],
    "any_product": ["product_viewed", "order_placed", "ticket_opened"],
}
# relation -> table, key, fields (the column is named like the field)
RELATIONS: dict[str, tuple[str, str, dict[str, str]]] = {
    "child": ("profile_children", "child_id", {"birth_date": "date", "shoe_size": "number", "name": "text"}),
    "order": ("profile_orders", "order_id", {"ordered_at": "datetime", "total": "number", "status": "text"}),
}
# traits whose history is kept
TRACKED = ["plan", "lifetime_value"]
# city -> degrees north and east; the files of places and of uploaded lists
PLACES = {"Kraków": (50.06, 19.94), "Gdynia": (54.52, 18.53), "Wieliczka": (49.99, 20.06), "Quito": (-0.22, -78.51)}
LISTS = {
    "guests": [
        *(("email", " A1@x.example "), ("email", "nobody@x.example"), ("user_id", "u2"), ("user_id", "u2")),
        *(("user_id", "U3"), ("email", "a4@x.example"), ("phone", "u6"), ("phone", "U7"), ("email", "A9@X.example")),
        *(("user_id", f"u{number}") for number in range(10, 60, 3)),
    ]
}
CHANNELS = ["email", "sms"]
PURPOSES = ["marketing", "service"]
STORED = ["club", "vip", "carts"]
SQL_TYPES = {
    "text": "varchar",
    "number": "double precision",
    "date": "date",
    "datetime": "timestamp",
    "boolean": "boolean",
    "list": "varchar[]",
}


def event_names(word: str) -> list[str]:
    """The events behind an event or a group."""
    return GROUPS.get(word, [word])


def event_fields(word: str) -> Fields:
    """The fields that every event behind the word has."""
    first, *others = [EVENTS[name] for name in event_names(word)]
    return {name: field for name, field in first.items() if all(other.get(name) == field for other in others)}


def event_columns() -> dict[str, str]:
    """Column of profile_events -> type."""
    return {column: kind for fields in EVENTS.values() for column, kind in fields.values()}


@cache
def catalog(zone: str) -> Catalog:
    """The same words, as Heddle reads them from dbt yml."""
    with TemporaryDirectory() as folder:
        Path(folder, "profiles.yml").write_text(yaml.safe_dump({"version": 2, "models": _models()}))
        return load_catalog(Path(folder), zone, _seeds(Path(folder, "seeds")))


def _seeds(folder: Path) -> Path:
    (folder / "lists").mkdir(parents=True)
    places = [f"{city.lower()},{city},XX,{north},{east},UTC" for city, (north, east) in PLACES.items()]
    (folder / "places.csv").write_text("\n".join(["name,city,country,latitude,longitude,time_zone", *places]))
    for name, rows in LISTS.items():
        lines = [f"{kind},{value}" for kind, value in rows]
        (folder / "lists" / f"list_{name}.csv").write_text("\n".join(["identifier_type,identifier", *lines]))
    return folder


def _models() -> list[dict[str, Any]]:
    columns = [
        {
            "name": name,
            "data_type": SQL_TYPES[kind],
            "config": {"meta": {"trait": {"title": name, "history": name in TRACKED}}},
        }
        for name, kind in TRAITS.items()
    ]
    events = {
        name: {"title": name, "fields": {field: {"column": c, "type": t} for field, (c, t) in fields.items()}}
        for name, fields in EVENTS.items()
    }
    models = [
        {"name": "profiles", "columns": columns},
        {"name": "profile_events", "config": {"meta": {"events": events, "event_groups": GROUPS}}},
        {
            "name": "profile_reachability",
            "config": {"meta": {"reachability": {"channels": CHANNELS, "purposes": PURPOSES}}},
        },
    ]
    for name, (table, key, fields) in RELATIONS.items():
        about = {"name": name, "key": key, "fields": {field: {"type": kind} for field, kind in fields.items()}}
        models.append({"name": table, "config": {"meta": {"relation": about}}})
    return models
