"""The goods: prices that change over the years, a sale that has just begun, and when a product was sold out."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from heddle.demo.text import Ints, Text, pick, words
from heddle.demo.times import DAY, HOUR, awake
from heddle.demo.vocabulary import BRANDS, CATEGORIES, PREMIUM

PRODUCTS_PER_CATEGORY = 24
PRICES_PER_PRODUCT = 4
HISTORY_DAYS = 3 * 365
SALE_DAYS = 3
ON_SALE = 0.25
NEVER = 1 << 52  # later than every instant of the company


@dataclass(frozen=True)
class Catalogue:
    """Products by position; `prices` in cents and `valid_from` are products x price versions, oldest first.

    The last version is the sale's: of a product that is not in it, it is never valid. A product was sold out from
    `sold_out` to `back`; both are NEVER for those that always could be ordered.
    """

    product_id: Text
    name: Text
    category: Ints
    brand: Text
    prices: Ints
    valid_from: Ints
    sold_out: Ints
    back: Ints
    shares: np.ndarray[tuple[int], np.dtype[np.float64]]

    def version_at(self, product: Ints, times: Ints) -> Ints:
        """Position of the price in force: product * PRICES_PER_PRODUCT + version."""
        version: Ints = np.maximum((self.valid_from[product] <= times[:, None]).sum(axis=1) - 1, 0)
        return product * PRICES_PER_PRODUCT + version

    def draw(self, rng: np.random.Generator, months: Ints) -> Ints:
        """A product per month given: toys before Christmas, school goods at the end of summer."""
        base = rng.choice(len(self.shares), len(months), p=self.shares)
        names = list(CATEGORIES)
        season = rng.random(len(months))
        base = np.where((months == 12) & (season < 0.35), names.index("toys"), base)
        base = np.where(np.isin(months, (8, 9)) & (season < 0.3), names.index("school"), base)
        return self.of_category(rng, base)

    def draw_premium(self, rng: np.random.Generator, count: int) -> Ints:
        """Prams, car seats and bikes only."""
        kinds = np.array([list(CATEGORIES).index(name) for name in PREMIUM])
        return self.of_category(rng, rng.choice(kinds, count))

    def of_category(self, rng: np.random.Generator, category: Ints) -> Ints:
        """A product of each category given; a few sell best."""
        place = (rng.random(len(category)) ** 1.6 * PRODUCTS_PER_CATEGORY).astype(np.int64)
        return category * PRODUCTS_PER_CATEGORY + place

    @property
    def category_name(self) -> Text:
        """The category of each product."""
        return pick(words(list(CATEGORIES)), self.category)


def sale_begins(as_of: int) -> int:
    """The morning of three days ago."""
    return as_of - as_of % DAY - SALE_DAYS * DAY + 6 * HOUR


def build_catalogue(seed: int, as_of: int) -> Catalogue:
    """The same goods for the same seed."""
    rng = np.random.default_rng([seed, 0xCA7A])
    count = len(CATEGORIES) * PRODUCTS_PER_CATEGORY
    category = np.repeat(np.arange(len(CATEGORIES)), PRODUCTS_PER_CATEGORY)
    brand = rng.integers(0, len(BRANDS), count)
    sold_out, back = _sold_out(np.random.default_rng([seed, 0x570C]), count, as_of)
    return Catalogue(
        product_id=pick(words([f"P{i:04d}" for i in range(1, count + 1)]), np.arange(count)),
        name=words(_names(category, brand)),
        category=category,
        brand=pick(words(BRANDS), brand),
        prices=_prices(rng, category),
        valid_from=_valid_from(rng, count, as_of),
        sold_out=sold_out,
        back=back,
        shares=np.array([share for share, *_ in CATEGORIES.values()]) / sum(c[0] for c in CATEGORIES.values()),
    )


def _names(category: Ints, brand: Ints) -> list[str]:
    kinds = [parts.split("|") for *_, parts in CATEGORIES.values()]
    pairs = zip(category, brand, strict=True)
    return [f"{kinds[c][i % len(kinds[c])]} {BRANDS[b]} {i % 24 + 1}" for i, (c, b) in enumerate(pairs)]


def _prices(rng: np.random.Generator, category: Ints) -> Ints:
    low = np.array([low for _, low, _, _ in CATEGORIES.values()])[category]
    high = np.array([high for _, _, high, _ in CATEGORIES.values()])[category]
    first = low + rng.random(len(category)) * (high - low)
    changes = rng.uniform(0.9, 1.18, (len(category), PRICES_PER_PRODUCT - 1))
    changes[:, -1] = rng.uniform(0.7, 0.85, len(category))
    steps = np.column_stack([np.ones(len(category)), changes]).cumprod(axis=1)
    whole: Ints = np.floor(first[:, None] * steps).astype(np.int64)
    return whole * 100 + 90


def _valid_from(rng: np.random.Generator, count: int, as_of: int) -> Ints:
    """Two changes at some time before the sale, then the sale."""
    start = np.full(count, as_of - as_of % DAY - (HISTORY_DAYS + 30) * DAY)
    days = np.sort(rng.integers(60, HISTORY_DAYS - 10, (count, 2)), axis=1)
    days[:, 1] += (days[:, 1] == days[:, 0]).astype(np.int64)
    sale = np.where(rng.random(count) < ON_SALE, sale_begins(as_of), NEVER)
    return np.column_stack([start, awake(start[:, None] + (days + 30) * DAY), sale])


def _sold_out(rng: np.random.Generator, count: int, as_of: int) -> tuple[Ints, Ints]:
    """(from, to): of the best sellers one in three came back in the last three days, of the others one in fourteen;
    one in fourteen of both has not come back."""
    fate, today = rng.random(count), as_of - as_of % DAY
    sells_well = np.arange(count) % PRODUCTS_PER_CATEGORY < PRODUCTS_PER_CATEGORY // 4
    returned, missing = fate < np.where(sells_well, 0.33, 0.07), fate > 0.93
    gone = today - rng.integers(9, 31, count) * DAY - 8 * HOUR
    back = today - rng.integers(1, 4, count) * DAY + 7 * HOUR
    return np.where(returned | missing, gone, NEVER), np.where(returned, back, NEVER)
