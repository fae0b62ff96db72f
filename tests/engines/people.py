"""A few hundred sightings of identifiers that are hard for one guard or another, the same on every call."""

import random
from datetime import UTC, datetime, timedelta

from graph_shapes import binary_tree, grid, hub_with_largest_id, path, star, two_giants, zigzag

FIRST_LOAD = datetime(2026, 3, 1, tzinfo=UTC)
SECOND_LOAD = datetime(2026, 3, 2, tzinfo=UTC)
# small: on Spark every round of a search takes seconds
SHAPES = {
    "path": path(20),
    "star": star(30),
    "hub": hub_with_largest_id(30),
    "grid": grid(4, 4),
    "tree": binary_tree(15),
    "zigzag": zigzag(11),
    "giants": two_giants(8),
}

Row = tuple[str, str, str, str, str, str]


class Sightings:
    """Collects rows; the time of a sighting is drawn, so that recency decides some ties and not others."""

    def __init__(self, seed: int, loaded_at: datetime) -> None:
        self.chance = random.Random(seed)
        self.loaded_at = loaded_at
        self.rows: list[Row] = []

    def see(self, source: str, record_id: str, **identifiers: str) -> None:
        observed_at = self.loaded_at - timedelta(hours=self.chance.randrange(1, 4000))
        for kind, value in identifiers.items():
            self.rows.append((source, record_id, kind, value, text(observed_at), text(self.loaded_at)))


def first_load() -> list[Row]:
    """Hard graphs without accounts, then families, crowds around one thing, junk, and letters that are not ASCII."""
    seen = Sightings(1, FIRST_LOAD)
    for shape, edges in SHAPES.items():
        for number, (u, v) in enumerate(edges):
            seen.see("web", f"{shape}{number}", cookie=f"{shape}-{u}", push_token=f"{shape}-{v}")
            seen.see("web", f"{shape}{number}b", cookie=f"{shape}-{v}", push_token=f"{shape}-{v}")
    for number in range(60):
        seen.see("web", f"random{number}", cookie=f"r{draw(seen, 40)}", crm_id=f"c{draw(seen, 40)}")
    for family in range(8):
        for child in range(seen.chance.randrange(1, 5)):
            name = f"{family}-{child}"
            seen.see("shop", f"s{name}", user_id=f"u{name}", email=f"Żółć.{name}@house.example")
            seen.see("shop", f"o{name}", email=f"Żółć.{name}@house.example", phone=f"+4860000{family:04}")
            seen.see("app", f"a{name}", user_id=f"u{name}", device_id=f"tablet-{family}")
    for member in range(12):
        seen.see("shop", f"crowd{member}", user_id=f"cu{member}", email="shared@firm.example", device_id="kiosk")
    for stranger in range(9):
        seen.see("crm", f"junk{stranger}", crm_id=f"j{stranger}", email="test@test.com", phone="n/a")
        seen.see("crm", f"desk{stranger}", loyalty_id="CARD'0\"0", anonymous_id=f"x{stranger // 3}")
    seen.see("crm", "lonely", email="nobody@example.com")
    return seen.rows


def second_load() -> list[Row]:
    """Joins components of the first load, repeats some of its sightings, and brings somebody new."""
    seen = Sightings(2, SECOND_LOAD)
    seen.see("web", "bridge1", cookie="path-19", push_token="star-3")
    seen.see("web", "bridge2", cookie="grid-0", crm_id="c1")
    seen.see("web", "path3", cookie="path-3", push_token="path-4")
    seen.see("shop", "o0-0", email="Żółć.0-0@house.example", phone="+48600009999")
    seen.see("shop", "late", user_id="u-late", email="late@house.example", device_id="tablet-2")
    seen.see("app", "marriage", user_id="u3-0", device_id="tablet-4")
    for member in range(3):
        seen.see("shop", f"more{member}", user_id=f"mu{member}", email="Żółć.1-0@house.example")
    for number in range(15):
        seen.see("web", f"again{number}", cookie=f"r{draw(seen, 60)}", crm_id=f"c{draw(seen, 60)}")
    return seen.rows


def text(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M:%S}"


def draw(seen: Sightings, below: int) -> int:
    return seen.chance.randrange(below)
