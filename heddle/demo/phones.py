"""Mobile numbers: valid by `phonenumbers`, one per person, and the many ways people write them."""

from __future__ import annotations

import numpy as np
import pyarrow.compute as pc

from heddle.demo.text import Ints, Text, join, number, pick, stack, words

CALLING_CODES = words(["48", "44", "49"])
# Ranges of mobile operators; every number inside is valid by the national plans (checked with phonenumbers 9).
PREFIXES = (
    "501 502 503 505 507 508 510 511 512 513 515 516 517 518 530 531 532 533 534 535 600 601 602 603 604 605 606 607 "
    "608 609 660 661 662 663 664 665 667 668 669 690 691 692 693 694 695 696 697 698 721 722 723 724 725 726 727 728 "
    "730 731",
    "7400 7401 7402 7403 7404 7405 7406 7407 7408 7409 7500 7501 7502 7503 7504 7505 7506 7507 7508 7509",
    "1511 1512 1514 1515 1516 1520 1521 1522 1523 1525 1590",
)
_ROOM = np.array([1_000_000, 1_000_000, 10_000_000])


def national_numbers(index: Ints, country: Ints, seed: int) -> tuple[Ints, Text, Text]:
    """(country, national digits, E.164) of each person; distinct per country up to 20 million people."""
    lists = [prefixes.split() for prefixes in PREFIXES]
    rooms = np.array([len(entries) for entries in lists]) * _ROOM
    # 7368787 is prime and divides none of the rooms, so the walk through a room repeats only at its end.
    place = (index * 7_368_787 + seed * 104_729) % rooms[country]
    starts = np.cumsum([0] + [len(entries) for entries in lists])[:-1]
    prefix = pick(words([p for entries in lists for p in entries]), starts[country] + place // _ROOM[country])
    rest = number(place % _ROOM[country] + _ROOM[country])
    digits = join(prefix, pc.utf8_slice_codeunits(rest, 1))
    return country, digits, join("+", pick(CALLING_CODES, country), digits)


def spelled(rng: np.random.Generator, country: Ints, digits: Text) -> Text:
    """Each number as somebody typed it; without calling code only for the home country, Poland."""
    code = pick(CALLING_CODES, country)
    a, b, c = (pc.utf8_slice_codeunits(digits, i, j) for i, j in ((0, 3), (3, 6), (6, 12)))
    ways = [
        join("+", code, digits),
        join("+", code, " ", a, " ", b, " ", c),
        join("00", code, digits),
        join("+", code, "-", a, "-", b, "-", c),
        digits,
        join(a, "-", b, "-", c),
        join("(", a, ") ", b, " ", c),
        join(a, " ", b, " ", c),
        join(" ", digits, " "),
    ]
    way = np.where(country == 0, rng.integers(0, len(ways), len(country)), rng.integers(0, 4, len(country)))
    return pick(stack(*ways), way * len(country) + np.arange(len(country)))
