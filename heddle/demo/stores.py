"""Tills and the loyalty scheme: receipts, members with cards, points that are earned, spent and expire after a year."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from heddle.demo.baskets import Baskets, items_compact
from heddle.demo.files import RawFiles
from heddle.demo.parts import Part
from heddle.demo.people import GOOD_BUYER, OFFLINE, People
from heddle.demo.phones import spelled
from heddle.demo.shop import Orders
from heddle.demo.text import Flags, Ints, Text, hexadecimal, join, money, number, pick, scramble, where, words
from heddle.demo.times import DAY, HOUR, MINUTE, awake, days, iso_seconds
from heddle.demo.vocabulary import JUNK_EMAILS

KINDS = ("earn", "redeem", "expire")
EARN, REDEEM, EXPIRE = range(3)
CENTS_PER_POINT = 1000
POINTS_LAST_DAYS = 365


@dataclass(frozen=True)
class Receipts:
    """Purchases in a store, by basket; card and phone are often blank."""

    basket: Ints
    person: Ints
    receipt_id: Text
    card: Text


def make_receipts(part: Part, people: People, baskets: Baskets) -> Receipts:
    """One receipt per basket that was bought in a store."""
    rng = part.rng("receipts")
    basket = np.nonzero(baskets.receipt >= 0)[0]
    person = baskets.person[basket]
    card = where(rng.random(len(basket)) < 0.7, pick(people.card_number, person), "")
    return Receipts(basket, person, join("r", number(300_000_000 + baskets.number[basket])), card)


def is_filled(column: Text) -> Flags:
    """Cells with something in them."""
    return np.asarray(column.to_numpy(zero_copy_only=False) != "", dtype=bool)


def write_receipts(files: RawFiles, part: Part, people: People, baskets: Baskets, receipts: Receipts) -> None:
    """`pos/receipts-NNN.csv`; tills write the lines as `sku*qty*price|...`."""
    rng = part.rng("receipt spelling")
    person, basket, count = receipts.person, receipts.basket, len(receipts.basket)
    if not count:
        return
    phones = spelled(rng, people.phone_country[person], pick(people.phone_digits, person))
    files.csv(
        f"pos/receipts{part.suffix}.csv",
        rng,
        {
            "receipt_id": receipts.receipt_id,
            "store_id": pick(words([f"S{i:02d}" for i in range(1, 25)]), rng.integers(0, 24, count)),
            "card_number": receipts.card,
            "phone": where(rng.random(count) < 0.25, phones, ""),
            "purchased_at": iso_seconds(baskets.at[basket]),
            "total": money(_paid(baskets)[basket]),
            "lines": pick(items_compact(part, baskets), basket),
        },
        date_column="purchased_at",
        number_column="total",
    )


def _paid(baskets: Baskets) -> Ints:
    """Tills give no line discounts: the total is the sum of quantity times price."""
    if not baskets.size:
        return baskets.total
    return np.add.reduceat(baskets.price * baskets.quantity, baskets.first_line[:-1])


def write_loyalty(
    files: RawFiles, part: Part, people: People, baskets: Baskets, receipts: Receipts, orders: Orders
) -> None:
    """`loyalty/members-NNN.csv` and `loyalty/points-NNN.csv`."""
    rng = part.rng("loyalty")
    members = np.nonzero(people.in_loyalty)[0]
    if not len(members):
        return
    emails = pick(people.an_email(rng.integers(0, 3, people.size)), members)
    fate = np.where(people.is_in(GOOD_BUYER)[members], 0.5, rng.random(len(members)))
    no_email = (fate < 0.1) | people.is_in(OFFLINE)[members] & (fate < 0.4)
    junk = pick(words(JUNK_EMAILS), rng.integers(0, len(JUNK_EMAILS), len(members)))
    joined = awake(np.minimum(people.joined[members] + 2 * HOUR, part.as_of - 5 * HOUR))
    files.csv(
        f"loyalty/members{part.suffix}.csv",
        rng,
        {
            "loyalty_id": pick(people.loyalty_id, members),
            "card_number": pick(people.card_number, members),
            "email": where(fate > 0.994, junk, where(no_email, "", emails)),
            "phone": spelled(rng, people.phone_country[members], pick(people.phone_digits, members)),
            "first_name": pick(people.first_name, members),
            "last_name": pick(people.last_name, members),
            "city": pick(people.city, members),
            "joined_at": iso_seconds(joined),
            "tier": pick(words(["bronze", "silver", "gold"]), rng.choice(3, len(members), p=(0.7, 0.22, 0.08))),
        },
        date_column="joined_at",
    )
    _write_points(files, part, people, baskets, receipts, orders)


def _write_points(
    files: RawFiles, part: Part, people: People, baskets: Baskets, receipts: Receipts, orders: Orders
) -> None:
    """Points are signed: earned above zero, redeemed and expired below, so that their sum is the balance."""
    rng = part.rng("points")
    earning = orders.basket[people.in_loyalty[orders.person]]
    shown = receipts.basket[is_filled(receipts.card)]
    basket = np.concatenate([earning, shown])
    if not len(basket):
        return
    person = baskets.person[basket]
    at = np.concatenate([orders.at[people.in_loyalty[orders.person]], baskets.at[shown]])
    points = baskets.total[basket] // CENTS_PER_POINT + 1
    expires = awake(at + POINTS_LAST_DAYS * DAY)
    spent_at = awake(at + days(rng.uniform(3, 300, len(basket))))
    end = np.minimum(people.last_active[person], part.as_of - 5 * HOUR)
    spent = (rng.random(len(basket)) < 0.22) & (spent_at < end)
    expired = ~spent & (expires < part.as_of - 5 * HOUR)
    groups = [
        (EARN, np.ones(len(basket), bool), at + MINUTE, points),
        (REDEEM, spent, spent_at, -points),
        (EXPIRE, expired, expires, -points),
    ]
    row = np.concatenate([np.nonzero(flags)[0] for _, flags, _, _ in groups])
    kind = np.concatenate([np.full(int(flags.sum()), code) for code, flags, _, _ in groups])
    times = awake(np.concatenate([moment[flags] for _, flags, moment, _ in groups]))
    amount = np.concatenate([values[flags] for _, flags, _, values in groups])
    order = np.lexsort((kind, row, times))
    row, kind, times, amount = row[order], kind[order], times[order], amount[order]
    files.csv(
        f"loyalty/points{part.suffix}.csv",
        rng,
        {
            "entry_id": join("t", hexadecimal(scramble(baskets.number[basket[row]] * 3 + kind, part.seed * 4 + 8))),
            "loyalty_id": pick(people.loyalty_id, person[row]),
            "kind": pick(words(list(KINDS)), kind),
            "points": number(amount),
            "occurred_at": iso_seconds(times),
            "expires_at": where(kind == EARN, iso_seconds(expires[row]), ""),
        },
        date_column="occurred_at",
        number_column="points",
    )
