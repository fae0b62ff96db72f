"""What the shop exports about its goods: one row per product and period of one price and one state of the stock."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from heddle.demo.catalogue import NEVER, Catalogue
from heddle.demo.files import RawFiles
from heddle.demo.shop import amounts, timestamps
from heddle.demo.text import Flags, Ints, pick


def write_products(files: RawFiles, goods: Catalogue, seed: int) -> None:
    """`shop/products.parquet`; the last period of a product has no end."""
    product, price, begins, ends, in_stock = periods(goods)
    table = pa.table(
        {
            "product_id": pick(goods.product_id, product),
            "name": pick(goods.name, product),
            "category": pick(goods.category_name, product),
            "brand": pick(goods.brand, product),
            "price": amounts(price),
            "valid_from": timestamps(begins),
            "valid_to": pa.array(ends * 1000, pa.timestamp("us"), mask=ends >= NEVER),
            "in_stock": in_stock,
        }
    )
    files.parquet("shop/products.parquet", np.random.default_rng([seed, 7]), table, {"price": -1.0, "product_id": None})


def periods(goods: Catalogue) -> tuple[Ints, Ints, Ints, Ints, Flags]:
    """(product, price in cents, from, to, in stock): every period of a price, cut where the stock changed."""
    count = len(goods.prices)
    never = np.full((count, 1), NEVER)
    priced_from, priced_to = goods.valid_from, np.hstack([goods.valid_from[:, 1:], never])
    stocked_from = np.column_stack([np.zeros(count, np.int64), goods.sold_out, goods.back])
    stocked_to = np.hstack([stocked_from[:, 1:], never])
    begins = np.maximum(priced_from[:, :, None], stocked_from[:, None, :])
    ends = np.minimum(priced_to[:, :, None], stocked_to[:, None, :])
    product, version, state = np.nonzero(begins < ends)
    found = (product, version, state)
    return product, goods.prices[product, version], begins[found], ends[found], state != 1
