"""What makes people buy: a sale, goods that come back, coupons, trials that end, mailboxes that are full."""

from __future__ import annotations

from collections import Counter, defaultdict
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

import numpy as np
from demo_company import Company

from heddle.demo import DEFAULT_AS_OF
from heddle.demo.catalogue import NEVER, build_catalogue
from heddle.demo.goods import periods
from heddle.demo.times import milliseconds

AS_OF = DEFAULT_AS_OF.replace(tzinfo=None)
SALE = AS_OF.replace(hour=6, minute=0) - timedelta(days=3)


def products(company: Company) -> dict[str, list[dict[str, Any]]]:
    """Sound rows per product, in order of time."""
    found: dict[str, dict[datetime, dict[str, Any]]] = defaultdict(dict)
    for row in company.table("shop/products.parquet").to_pylist():
        if row["product_id"] and row["price"] > 0:
            found[row["product_id"]][row["valid_from"]] = row
    return {product: [rows[at] for at in sorted(rows)] for product, rows in found.items()}


def test_a_sale_began_three_days_ago(company: Company) -> None:
    every = products(company).values()
    sale = [(before["price"], row["price"]) for rows in every for before, row in pairwise(rows)
            if row["valid_from"] == SALE]  # fmt: skip
    assert 0.15 * len(every) < len(sale) < 0.35 * len(every)
    assert all(0.65 < now / before < 0.9 for before, now in sale)
    assert max(row["valid_from"] for rows in every for row in rows) < AS_OF


def test_goods_were_sold_out_and_some_came_back(company: Company) -> None:
    every = products(company).values()
    ends = Counter(rows[-1]["in_stock"] for rows in every if not all(row["in_stock"] for row in rows))
    assert ends[True] > ends[False] > 0
    back = [row["valid_from"] for rows in every for before, row in pairwise(rows)
            if row["in_stock"] and not before["in_stock"]]  # fmt: skip
    assert back and all(AS_OF - timedelta(days=4) < at < AS_OF for at in back)


def test_periods_keep_price_and_stock_of_every_instant() -> None:
    goods = build_catalogue(5, milliseconds(DEFAULT_AS_OF))
    product, price, begins, ends, in_stock = periods(goods)
    for days in (900, 200, 20, 5, 2, 0):
        at = milliseconds(DEFAULT_AS_OF) - days * 86_400_000
        valid = (begins <= at) & (at < ends)
        assert product[valid].tolist() == list(range(len(goods.product_id)))
        version = goods.version_at(product[valid], np.full(valid.sum(), at))
        assert price[valid].tolist() == goods.prices.reshape(-1)[version].tolist()
        assert in_stock[valid].tolist() == (~((goods.sold_out <= at) & (at < goods.back))).tolist()
    assert (ends[begins == begins.max()] <= NEVER).all()


def test_some_never_order_without_a_coupon(company: Company) -> None:
    orders = {row["order_id"]: row for row in company.table("shop/orders-*.parquet").to_pylist() if row["total"] > 0}
    used = Counter(row["coupon_code"] is not None for row in orders.values())
    assert 0.05 < used[True] / used.total() < 0.2
    assert all(row["discount"] > 0 for row in orders.values() if row["coupon_code"])
    year = [row for row in orders.values() if row["coupon_code"] and row["ordered_at"] > AS_OF - timedelta(days=365)]
    again = Counter(row["customer_id"] for row in year)
    assert sum(count >= 2 for customer, count in again.items() if customer) >= 3


def test_the_discount_of_an_order_is_that_of_its_lines(company: Company) -> None:
    lines = {(row["order_id"], row["line_no"]): row["discount"]
             for row in company.table("shop/order_lines*.parquet").to_pylist()}  # fmt: skip
    taken: dict[str, float] = defaultdict(float)
    for (order, _), discount in lines.items():
        taken[order] += discount
    for row in company.table("shop/orders-*.parquet").to_pylist():
        assert not row["order_id"] or abs(row["discount"] - taken[row["order_id"]]) < 0.01


def test_trials_end_and_mailboxes_are_full(company: Company) -> None:
    begun = [
        AS_OF - datetime.fromisoformat(row["occurred_at"]).replace(tzinfo=None)
        for row in company.json_rows("club/*.jsonl")
        if row["event"] == "trial_activated" and row["occurred_at"].startswith("20")
    ]
    assert sum(timedelta(days=11) <= ago < timedelta(days=14) for ago in begun) >= 3
    assert sum(timedelta(days=14) <= ago < timedelta(days=45) for ago in begun) >= 10
    soft = Counter(row["email"] for row in company.json_rows("email/*.jsonl") if row["bounce_type"] == "soft")
    assert sum(count >= 2 for count in soft.values()) >= 3
