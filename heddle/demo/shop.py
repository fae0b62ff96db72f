"""The shop's own database, exported as Parquet: customers, orders, lines and carts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import cast

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from heddle.demo.baskets import COUPONS, Baskets, cart_ids, items_json, order_baskets
from heddle.demo.files import BAD_DATE, BAD_JSON, RawFiles
from heddle.demo.journeys import CART_UPDATED, Actions
from heddle.demo.parts import Part
from heddle.demo.people import COUNTRIES, EMPLOYEE, GOOD_BUYER, GUEST, LANGUAGES, People
from heddle.demo.phones import spelled
from heddle.demo.text import Flags, Ints, Text, hexadecimal, join, number, pick, stack, where, words
from heddle.demo.times import DAY, SECOND, awake, days, iso_day
from heddle.demo.visits import Visits, anonymous_keys

STATUSES = ("placed", "shipped", "cancelled", "returned")
PLACED, SHIPPED, CANCELLED, RETURNED = range(4)


@dataclass(frozen=True)
class Orders:
    """Online orders; `basket` is the position of the cart. A guest order names no customer, only an e-mail address."""

    basket: Ints
    person: Ints
    order_id: Text
    at: Ints
    as_guest: Flags
    email: Text
    cents: Ints


def make_orders(part: Part, people: People, visits: Visits, baskets: Baskets, actions: Actions) -> Orders:
    """The carts that were bought, a minute after the last step of their visit."""
    rng = part.rng("orders")
    basket = order_baskets(baskets, visits)
    person = baskets.person[basket]
    last = _last_step(visits, actions.visit, actions.at)
    at = last[baskets.visit[basket]] + rng.integers(20, 200, len(basket)) * SECOND
    other = (people.email_count[person] > 1) & ~people.is_in(GOOD_BUYER)[person] & (rng.random(len(basket)) < 0.06)
    as_guest = people.is_in(GUEST)[person] | other
    emails = where(other, pick(people.emails[1], person), pick(people.emails[0], person))
    order_id = join("o", number(200_000_000 + baskets.number[basket]))
    return Orders(basket, person, order_id, at, as_guest, emails, baskets.total[basket])


def _last_step(visits: Visits, visit: Ints, at: Ints) -> Ints:
    last = visits.at.copy()
    np.maximum.at(last, visit, at)
    return last


def write_shop(
    files: RawFiles, part: Part, people: People, visits: Visits, baskets: Baskets, actions: Actions, orders: Orders
) -> None:
    """All tables of the shop that belong to people."""
    _write_customers(files, part, people)
    _write_orders(files, part, people, visits, baskets, orders)
    _write_lines(files, part, baskets, orders)
    _write_carts(files, part, people, visits, baskets, actions, orders)


def timestamps(times: Ints) -> pa.TimestampArray:
    """Milliseconds as a naive UTC column."""
    return pa.array(times * 1000, pa.timestamp("us"))


def amounts(cents: Ints) -> pa.DoubleArray:
    """Cents as a number with two decimals."""
    return cast(pa.DoubleArray, pa.array(cents / 100))


def _write_customers(files: RawFiles, part: Part, people: People) -> None:
    rng = part.rng("customers")
    rows = np.nonzero(people.is_registered)[0]
    count = len(rows)
    phones = spelled(rng, people.phone_country[rows], pick(people.phone_digits, rows))
    has_phone = people.is_in(GOOD_BUYER)[rows] | (rng.random(count) < 0.82)
    touched = people.joined[rows] + (rng.random(count) * (people.last_active - people.joined)[rows]).astype(np.int64)
    table = pa.table(
        {
            "customer_id": pick(people.user_id, rows),
            "email": _retyped(rng, pick(people.emails[0], rows)),
            "first_name": pick(people.first_name, rows),
            "last_name": pick(people.last_name, rows),
            "phone": where(has_phone, phones, None),
            "city": pick(people.city, rows),
            "country": pick(words(list(COUNTRIES)), people.country[rows]),
            "language": pick(words(list(LANGUAGES)), people.country[rows]),
            "birth_date": where(rng.random(count) < 0.6, iso_day(people.birth_date[rows]), None),
            "created_at": timestamps(people.joined[rows]),
            "updated_at": timestamps(awake(touched)),
            "is_employee": people.is_in(EMPLOYEE)[rows],
        }
    )
    odd = {"birth_date": BAD_DATE, "customer_id": None, "email": "???"}
    files.parquet(f"shop/customers{part.suffix}.parquet", rng, table, odd)


def _retyped(rng: np.random.Generator, emails: Text) -> Text:
    """A few addresses with capitals or spaces, as people type them."""
    way = rng.choice(3, len(emails), p=(0.94, 0.04, 0.02))
    capitals = pc.utf8_capitalize(emails)
    return pick(stack(emails, capitals, join(" ", emails, " ")), way * len(emails) + np.arange(len(emails)))


def _write_orders(
    files: RawFiles, part: Part, people: People, visits: Visits, baskets: Baskets, orders: Orders
) -> None:
    rng = part.rng("order status")
    count = len(orders.person)
    status = rng.choice(4, count, p=(0.0, 0.9, 0.04, 0.06))
    updated = awake(orders.at + days(rng.uniform(0.3, 9, count)) + DAY * (status == RETURNED))
    too_new = updated > part.as_of - DAY // 2
    status, updated = np.where(too_new, PLACED, status), np.where(too_new, orders.at, updated)
    phones = spelled(rng, people.phone_country[orders.person], pick(people.phone_digits, orders.person))
    guest_phone = orders.as_guest & (rng.random(count) < 0.7)
    junk = guest_phone & (rng.random(count) < 0.01)
    table = pa.table(
        {
            "order_id": orders.order_id,
            "customer_id": where(orders.as_guest, None, pick(people.user_id, orders.person)),
            "email": orders.email,
            "phone": where(junk, "+10000000000", where(guest_phone, phones, None)),
            "status": pick(words(list(STATUSES)), status),
            "ordered_at": timestamps(orders.at),
            "updated_at": timestamps(updated),
            "currency": pick(words(["PLN"]), np.zeros(count, np.int64)),
            "total": amounts(orders.cents),
            "cart_id": cart_ids(baskets, orders.basket),
            "channel": pick(words(["web", "app"]), visits.is_app[baskets.visit[orders.basket]].astype(np.int64)),
            "coupon_code": pick(words(COUPONS), baskets.coupon[orders.basket]),
            "discount": amounts(np.add.reduceat(baskets.discount, baskets.first_line[:-1])[orders.basket]),
        }
    )
    files.parquet(f"shop/orders{part.suffix}.parquet", rng, table, {"total": -9999.0, "order_id": None, "status": "??"})


def _write_lines(files: RawFiles, part: Part, baskets: Baskets, orders: Orders) -> None:
    rng = part.rng("order lines")
    order_of = np.full(baskets.size, -1)
    order_of[orders.basket] = np.arange(len(orders.basket))
    rows = np.nonzero(order_of[baskets.line_basket] >= 0)[0]
    basket = baskets.line_basket[rows]
    table = pa.table(
        {
            "order_id": pick(orders.order_id, order_of[basket]),
            "line_no": rows - baskets.first_line[basket] + 1,
            "product_id": pick(part.catalogue.product_id, baskets.product[rows]),
            "quantity": baskets.quantity[rows],
            "unit_price": amounts(baskets.price[rows]),
            "discount": amounts(baskets.discount[rows]),
        }
    )
    odd = {"unit_price": -1.0, "order_id": None, "quantity": -999, "product_id": "P9999"}
    files.parquet(f"shop/order_lines{part.suffix}.parquet", rng, table, odd)


def _write_carts(
    files: RawFiles, part: Part, people: People, visits: Visits, baskets: Baskets, actions: Actions, orders: Orders
) -> None:
    rng = part.rng("carts")
    rows = np.nonzero(baskets.visit >= 0)[0]
    visit = baskets.visit[rows]
    is_update = actions.step == CART_UPDATED
    updated = _last_step(visits, actions.visit[is_update], actions.at[is_update])[visit]
    ordered_at = np.zeros(baskets.size, np.int64)
    ordered_at[orders.basket] = orders.at
    ordered = ordered_at[rows] > 0
    table = pa.table(
        {
            "cart_id": cart_ids(baskets, rows),
            "customer_id": where(visits.is_logged_in[visit], pick(people.user_id, baskets.person[rows]), None),
            "anonymous_id": hexadecimal(anonymous_keys(visits.device[visit], part.seed)),
            "created_at": timestamps(visits.at[visit] + SECOND),
            "updated_at": timestamps(np.maximum(updated, ordered_at[rows])),
            "status": pick(words(["open", "ordered"]), ordered.astype(np.int64)),
            "total": amounts(baskets.total[rows]),
            "items": pick(items_json(part, baskets), rows),
        }
    )
    files.parquet(f"shop/carts{part.suffix}.parquet", rng, table, {"total": -5.0, "cart_id": None, "items": BAD_JSON})
