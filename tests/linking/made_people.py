"""Made-up people, seeded: a name, a birth date, a town; and second records of some, with typing errors."""

import random
from collections.abc import Sequence
from datetime import date, timedelta

from linked_warehouse import Person

FIRST = [
    "anna",
    "jan",
    "ewa",
    "piotr",
    "maria",
    "adam",
    "zofia",
    "marek",
    "julia",
    "pawel",
    "hanna",
    "tomasz",
    "lena",
    "jakub",
    "nina",
    "karol",
]
LAST = [
    "kowalska",
    "nowak",
    "wisniewska",
    "wojcik",
    "kaminska",
    "lewandowski",
    "zielinska",
    "szymanski",
    "wozniak",
    "dabrowski",
]
TOWNS = ["gdynia", "radom", "kielce", "lublin", "torun", "opole", "sopot", "plock"]

MODEL = """
thresholds: {merge: 0.99, review: 0.8}
limits: {random_pairs: 40_000, estimation_pairs: 40_000}
comparisons:
  - field: first_name
    term_frequencies: true
    levels: [{jaro_winkler: 0.85}]
  - field: last_name
    term_frequencies: true
    levels: [{jaro_winkler: 0.85}]
  - field: birth_date
    levels: [{edits: 1}]
  - field: city
    levels: []
block_on:
  - [birth_date]
  - [{unordered: [first_name, last_name]}]
estimate_on:
  - [birth_date]
  - [first_name, last_name]
"""


def made_people(count: int) -> list[Person]:
    """`count` people r0, r1, ...; the same every time."""
    draw = random.Random(7)
    return [
        Person(
            f"r{i}",
            {
                "first_name": draw.choice(FIRST).title(),
                "last_name": draw.choice(LAST).title(),
                "birth_date": str(date(1950, 1, 1) + timedelta(days=draw.randrange(18_000))),
                "city": draw.choice(TOWNS).title(),
            },
        )
        for i in range(count)
    ]


def second_records(people: Sequence[Person]) -> list[Person]:
    """A record s<i> for each r<i>: every third with a typing error in a name, every fourth without the town."""
    made = []
    for i, person in enumerate(people):
        values = dict(person.attributes)
        if i % 3 == 0:
            name = values["last_name"] or ""
            values["last_name"] = name[:3] + name[4:]
        if i % 4 == 0:
            values["city"] = None
        made.append(Person(person.record_id.replace("r", "s"), values))
    return made
