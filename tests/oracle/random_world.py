"""Worlds whose facts lie on boundaries: as_of less a duration, a microsecond beside it, midnights, leap days."""

from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from random import Random
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

from naive_time import shifted
from naive_world import Person, Record, World
from oracle_words import CHANNELS, EVENTS, PLACES, PURPOSES, STORED

T = TypeVar("T")
Maker = Callable[[Random], Any]

ZONES = [
    *("Europe/Warsaw", "UTC", "America/New_York", "Asia/Kathmandu"),
    *("Pacific/Kiritimati", "Australia/Lord_Howe", "America/Santiago"),
]
INSTANTS = [
    datetime.fromisoformat(text)
    for text in (
        *("2026-06-15T04:30", "2026-01-01T00:00", "2026-03-29T01:00", "2026-03-31T21:59:59.999999"),
        *("2024-02-29T12:00", "2024-02-28T23:30", "2027-02-28T12:00", "2025-10-26T00:30", "2026-09-06T04:00"),
        *("2026-07-31T10:00:00.000001", "2024-02-25T12:00", "2027-02-25T12:00"),  # in 3 days it is 28 February
    )
]
CLOCK_CHANGES = [
    datetime.fromisoformat(text)
    for text in ("2026-03-29T01:00", "2025-10-26T01:00", "2026-09-06T04:00", "2026-04-04T15:00")
]
SPANS = ["1 minute", "1 hour", "24 hours", "1 day", "3 days", "2 weeks", "1 month", "90 days", "1 year", "2 years"]
DAY_SPANS = [span for span in SPANS if not span.endswith(("minute", "hour", "hours"))]
A_MICROSECOND = timedelta(microseconds=1)
BESIDE = [timedelta(), timedelta(), A_MICROSECOND, -A_MICROSECOND, timedelta(seconds=1), timedelta(seconds=-1)]

CITIES = ["Kraków", "kraków", "Gdynia", "O'Fallon", "100%", "a_b", "axb", "Łódź", ""]
PLANS = ["trial", "club", "Trial"]
CHANNEL_NAMES = ["web", "store", "Web", ""]
CATEGORIES = ["toys", "books", "it's"]
PRODUCTS = ["x1", "x2", "x3"]
CARTS = ["c1", "c2", "c3"]
STATUSES = ["bought", "returned"]
# Multiples of a quarter: their sums and averages are exact in every order of addition.
AMOUNTS = [0.0, 0.25, 50.0, 99.75, 100.0, 100.25, 150.0, -20.5]
SCORES = [0.0, 1.0, 2.0, 2.5]
SIZES = [24.0, 25.0, 28.0]


def zones_at(as_of: datetime, another_day: bool) -> list[str]:
    """Where it is another day than in UTC at this instant, or the same one; all of them where none is."""
    days = {zone: as_of.replace(tzinfo=UTC).astimezone(ZoneInfo(zone)).date() for zone in ZONES}
    return [zone for zone, day in days.items() if (day != as_of.date()) == another_day] or ZONES


@cache
def world_number(number: int) -> World:
    """The same number is the same world."""
    random = Random(number)
    as_of = INSTANTS[number % len(INSTANTS)]
    zone = random.choice(zones_at(as_of, another_day=(number + number // len(INSTANTS)) % 3 == 0))
    facts = Facts(as_of, zone)
    size = random.randint(20, 60)
    return World(zone, as_of, tuple(facts.person(random, f"p{n}") for n in range(size)))


class Facts:
    """Draws the facts of people, close to one instant and to the midnights of one zone."""

    def __init__(self, as_of: datetime, zone: str) -> None:
        self.moments = moments_near(as_of, ZoneInfo(zone))
        today = as_of.replace(tzinfo=UTC).astimezone(ZoneInfo(zone)).date()
        self.days = days_near(today)
        self.anniversaries = anniversaries_near(today, ZoneInfo(zone))

    def person(self, random: Random, profile_id: str) -> Person:
        return Person(
            profile_id,
            traits=self.traits(random),
            events=tuple(self.events(random)),
            related=self.related(random),
            reachable=tuple(self.reachable(random)),
            stays={name: tuple(self.stays(random, name)) for name in STORED},
            history=tuple(self.history(random)),
            identifiers=tuple(self.identifiers(random, profile_id.removeprefix("p"))),
        )

    def traits(self, random: Random) -> Record:
        made: dict[str, Maker] = {
            "city": some(CITIES),
            "plan": some(PLANS),
            "birth_date": some(self.days),
            "renews_on": some(self.days),
            "first_order_at": self.moment_or_anniversary,
            "lifetime_value": some(AMOUNTS),
            "score": some(SCORES),
            "is_employee": some([True, False]),
            "interests": lambda random: random.sample(CATEGORIES, random.randint(0, 3)),
        }
        north, east = random.choice([*PLACES.values()])
        made |= {"latitude": some([north]), "longitude": some([east])}
        return {name: maybe(random, make) for name, make in made.items()}

    def events(self, random: Random) -> list[Record]:
        """Some of them lie a span from another one of the same person, and a microsecond beside."""
        found: list[Record] = []
        for _ in range(random.choice([0, 1, 1, 2, 3, 3, 5, 8, 40])):
            event = self.event(random)
            if found and random.random() < 0.3:
                other = random.choice(found)["occurred_at"]
                event["occurred_at"] = shifted(other, random.choice(SPANS), random.choice([-1, 1])) + random.choice(
                    BESIDE
                )
            found.append(event)
        return found

    def event(self, random: Random) -> Record:
        columns: dict[str, Maker] = {
            "product_id": some(PRODUCTS),
            "category": some(CATEGORIES),
            "cart_id": some(CARTS),
            "order_id": some(["o1", "o2"]),
            "amount": some(AMOUNTS),
            "channel": some(CHANNEL_NAMES),
            "gift": some([True, False]),
            "delivered_on": some(self.days),
            "promised_at": self.moment,
        }
        event = random.choice([*EVENTS, "product_viewed", "cart_updated", "order_placed"])
        known = {column for column, _ in EVENTS[event].values()}
        values = {column: maybe(random, make) for column, make in columns.items() if column in known}
        return {"event": event, "occurred_at": self.moment(random), **values}

    def related(self, random: Random) -> dict[str, tuple[Record, ...]]:
        children = [
            {
                "child_id": f"k{n}",
                "birth_date": maybe(random, some(self.days)),
                "shoe_size": maybe(random, some(SIZES)),
                "name": maybe(random, some(CITIES)),
            }
            for n in range(random.choice([0, 0, 1, 2, 3]))
        ]
        orders = [
            {
                "order_id": f"o{n + 1}",
                "ordered_at": maybe(random, self.moment_or_anniversary),
                "total": maybe(random, some(AMOUNTS)),
                "status": maybe(random, some(STATUSES)),
            }
            for n in range(random.choice([0, 0, 1, 2]))
        ]
        return {"child": tuple(children), "order": tuple(orders)}

    def reachable(self, random: Random) -> list[Record]:
        pairs = [(channel, purpose) for channel in CHANNELS for purpose in PURPOSES if random.random() < 0.7]
        return [{"channel": c, "purpose": p, "is_reachable": random.random() < 0.6} for c, p in pairs]

    def stays(self, random: Random, segment: str) -> list[Record]:
        """Stays of one key follow each other; only the last can be open."""
        found = []
        for key in CARTS if segment == "carts" else [""]:
            ends = sorted({self.moment(random) for _ in range(random.choice([0, 1, 1, 2, 3, 4]))})
            for entered_at, left_at in zip(ends[::2], [*ends[1::2], None], strict=False):
                found.append({"member_key": key, "entered_at": entered_at, "left_at": left_at})
        return found

    def history(self, random: Random) -> list[Record]:
        """Periods as a daily run writes them: mostly without a gap, the last one open."""
        found = []
        for trait, values in (("plan", PLANS), ("lifetime_value", AMOUNTS)):
            starts = sorted({self.moment(random) for _ in range(random.choice([0, 1, 1, 2, 3]))})
            for valid_from, valid_to in zip(starts, [*starts[1:], None], strict=False):
                period = {"trait": trait, "value": maybe(random, some(values))}
                if random.random() < 0.9:
                    found.append({**period, "valid_from": valid_from, "valid_to": valid_to})
        return found

    def identifiers(self, random: Random, number: str) -> list[tuple[str, str]]:
        known = [("email", f"a{number}@x.example"), ("user_id", f"u{number}"), ("phone", f"u{number}")]
        return [one for one in known if random.random() < 0.7]

    def moment(self, random: Random) -> datetime:
        return random.choice(self.moments) + random.choice(BESIDE)

    def moment_or_anniversary(self, random: Random) -> datetime:
        return random.choice([self.moment(random), random.choice(self.anniversaries) + random.choice(BESIDE)])


def some(values: Sequence[T]) -> Callable[[Random], T]:
    return lambda random: random.choice(values)


def maybe(random: Random, make: Maker) -> Any:
    """A value, or nothing: data is full of holes."""
    return None if random.random() < 0.15 else make(random)


def moments_near(as_of: datetime, zone: ZoneInfo) -> list[datetime]:
    """Naive UTC: as_of, each span before and after it, midnights of the zone, changes of its clock, quiet days."""
    today = as_of.replace(tzinfo=UTC).astimezone(zone).date()
    midnights = [
        datetime.combine(today - timedelta(days=n), time(), zone).astimezone(UTC).replace(tzinfo=None)
        for n in (-1, 0, 1, 3, 14, 90, 365)
    ]
    spans = [shifted(as_of, span, -1) for span in SPANS]
    ahead = [shifted(as_of, span, +1) for span in SPANS[:7]]
    quiet = [as_of - timedelta(hours=hours) for hours in (0.5, 2, 5, 30, 100, 500, 3000, 9000, 20000)]
    return [as_of, as_of, *spans, *spans, *ahead[:2], *ahead, *midnights, *quiet, *quiet, *CLOCK_CHANGES]


def anniversaries_near(today: date, zone: ZoneInfo) -> list[datetime]:
    """Naive UTC: the midnights at which the days begin and end that are celebrated today, or in a span of days."""
    days = [shifted(day, "2 years", -1) for day in (today, *(shifted(today, span, +1) for span in DAY_SPANS))]
    both = [day + timedelta(days=n) for day in days for n in (0, 1)]
    return [datetime.combine(day, time(), zone).astimezone(UTC).replace(tzinfo=None) for day in both]


def days_near(today: date) -> list[date]:
    """Today, each span of days before and after it, the same days in other years, and the ends of February."""
    spans = [today, *(shifted(today, span, sign) for span in DAY_SPANS for sign in (-1, +1))]
    years = [shifted(day, "20 years", -1) for day in spans]
    beside = [day + timedelta(days=n) for day in spans for n in (-1, 1)]
    leap = [date(2000, 2, 29), date(1988, 2, 29), date(2001, 2, 28), date(1999, 3, 1)]
    return [*spans, *years, *beside, *leap * 3]
