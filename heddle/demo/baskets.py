"""What is in the carts, orders and receipts: lines at the price of the day."""

from __future__ import annotations

from dataclasses import dataclass
from typing import cast

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from heddle.demo.catalogue import PRICES_PER_PRODUCT, Catalogue
from heddle.demo.parts import Part
from heddle.demo.people import GOOD_BUYER, People
from heddle.demo.text import Flags, Ints, Text, join, money, number, pick
from heddle.demo.times import month_of
from heddle.demo.visits import CART, ORDER, Purchases, Visits

GOOD_LINE_CENTS = 18_000
COUPONS = (None, "SUMMER10", "WELCOME10", "SORRY10")


@dataclass(frozen=True)
class Baskets:
    """One row per cart or receipt: first the visits' carts (in the visits' order), then the receipts in stores.

    `visit` and `receipt` say which one (-1 for none). Lines of basket i are `first_line[i] .. first_line[i + 1] - 1`.
    Amounts are cents; a line's discount is for the whole line. `coupon` is a position in COUPONS.
    """

    person: Ints
    at: Ints
    visit: Ints
    receipt: Ints
    first_line: Ints
    line_basket: Ints
    product: Ints
    version: Ints
    quantity: Ints
    price: Ints
    discount: Ints
    total: Ints
    coupon: Ints
    number: Ints

    @property
    def size(self) -> int:
        """How many baskets."""
        return len(self.person)


def make_baskets(part: Part, people: People, purchases: Purchases, visits: Visits) -> Baskets:
    """Contents of every cart and receipt."""
    rng = part.rng("baskets")
    with_cart = np.nonzero(visits.kind >= CART)[0]
    in_store = np.nonzero(purchases.in_store)[0]
    person = np.concatenate([visits.person[with_cart], purchases.person[in_store]])
    at = np.concatenate([visits.at[with_cart], purchases.at[in_store]])
    lines = 1 + np.minimum(rng.poisson(1.1, len(person)), 5)
    first_line = np.concatenate([[0], np.cumsum(lines)])
    basket = np.repeat(np.arange(len(person)), lines)
    product = _products(rng, part.catalogue, people, person[basket], month_of(at[basket]))
    version = part.catalogue.version_at(product, at[basket])
    price = part.catalogue.prices.reshape(-1)[version]
    quantity = 1 + (rng.random(len(basket)) < 0.17).astype(np.int64) + (rng.random(len(basket)) < 0.05)
    leading = np.zeros(len(basket), bool)
    leading[first_line[:-1]] = True
    generous = leading & people.is_in(GOOD_BUYER)[person[basket]]
    quantity = np.where(generous, np.maximum(quantity, -(-GOOD_LINE_CENTS // price)), quantity)
    value = price * quantity
    reduced = rng.random(len(basket)) < 0.12
    visit = np.concatenate([with_cart, np.full(len(in_store), -1)])
    coupon = _coupons(rng, people, person, (visit >= 0) & (visits.kind[visit] == ORDER))
    discount = np.where(reduced | (coupon[basket] > 0), value // 1000 * 100, 0)
    total = np.add.reduceat(value - discount, first_line[:-1]) if len(person) else np.zeros(0, np.int64)
    return Baskets(
        person=person,
        at=at,
        first_line=first_line,
        line_basket=basket,
        product=product,
        version=version,
        quantity=quantity,
        price=price,
        discount=discount,
        total=total,
        coupon=coupon,
        visit=visit,
        receipt=np.concatenate([np.full(len(with_cart), -1), in_store]),
        # Ids are numbered within a part's own range; a part of 25,000 people has far fewer than 500,000 baskets.
        number=part.number * 500_000 + np.arange(len(person)),
    )


def _products(rng: np.random.Generator, goods: Catalogue, people: People, person: Ints, months: Ints) -> Ints:
    """Half of the lines from the person's favourite category; good buyers like what is dear."""
    drawn = goods.draw(rng, months)
    favourite = goods.of_category(rng, people.favourite[person])
    product = np.where(rng.random(len(person)) < 0.5, favourite, drawn)
    dear = people.is_in(GOOD_BUYER)[person] & (rng.random(len(person)) < 0.18)
    return np.where(dear, goods.draw_premium(rng, len(person)), product)


def _coupons(rng: np.random.Generator, people: People, person: Ints, is_order: Flags) -> Ints:
    """One buyer in ten hardly orders without a coupon, the others hardly with one."""
    keen = rng.random(people.size) < 0.1
    used = is_order & (rng.random(len(person)) < np.where(keen[person], 0.75, 0.04))
    return np.where(used, rng.integers(1, len(COUPONS), len(person)), 0)


def items_json(part: Part, baskets: Baskets) -> Text:
    """The lines of each basket as a JSON array of {product_id, name, quantity, price}."""
    goods = part.catalogue
    heads = join('{"product_id":"', goods.product_id, '","name":"', goods.name, '","quantity":')
    line = join(pick(heads, baskets.product), number(baskets.quantity), ',"price":', money(baskets.price), "}")
    return join("[", _gathered(baskets, line, ","), "]")


def items_compact(part: Part, baskets: Baskets) -> Text:
    """The lines of each basket as the tills write them: `sku*qty*price|sku*qty*price`."""
    line = join(
        pick(part.catalogue.product_id, baskets.product), "*", number(baskets.quantity), "*", money(baskets.price)
    )
    return _gathered(baskets, line, "|")


def _gathered(baskets: Baskets, lines: Text, separator: str) -> Text:
    lists = pa.ListArray.from_arrays(pa.array(baskets.first_line, pa.int32()), lines)
    return cast(Text, pc.binary_join(lists, separator))


def product_versions(goods: Catalogue) -> Ints:
    """The product of every price version."""
    return np.repeat(np.arange(len(goods.product_id)), PRICES_PER_PRODUCT)


def order_baskets(baskets: Baskets, visits: Visits) -> Ints:
    """Positions of the baskets that became an online order."""
    is_order = np.zeros(baskets.size, bool)
    online = baskets.visit >= 0
    is_order[online] = visits.kind[baskets.visit[online]] == ORDER
    return np.nonzero(is_order)[0]


def cart_ids(baskets: Baskets, rows: Ints) -> Text:
    """Ids of the chosen carts."""
    return join("c", number(100_000_000 + baskets.number[rows]))
