"""The goods: one row per product and price, prices change over the years."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from heddle.demo.text import Flags, Ints, Text, pick, words
from heddle.demo.times import DAY, awake
from heddle.demo.vocabulary import BRANDS, CATEGORIES, PREMIUM

PRODUCTS_PER_CATEGORY = 24
PRICES_PER_PRODUCT = 3
HISTORY_DAYS = 3 * 365


@dataclass(frozen=True)
class Catalogue:
    """Products by position; `prices` in cents and `valid_from` are products x price versions, oldest first."""

    product_id: Text
    name: Text
    category: Ints
    brand: Text
    prices: Ints
    valid_from: Ints
    in_stock: Flags
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


def build_catalogue(seed: int, as_of: int) -> Catalogue:
    """The same goods for the same seed."""
    rng = np.random.default_rng([seed, 0xCA7A])
    count = len(CATEGORIES) * PRODUCTS_PER_CATEGORY
    category = np.repeat(np.arange(len(CATEGORIES)), PRODUCTS_PER_CATEGORY)
    brand = rng.integers(0, len(BRANDS), count)
    return Catalogue(
        product_id=pick(words([f"P{i:04d}" for i in range(1, count + 1)]), np.arange(count)),
        name=words(_names(category, brand)),
        category=category,
        brand=pick(words(BRANDS), brand),
        prices=_prices(rng, category),
        valid_from=_valid_from(rng, count, as_of),
        in_stock=rng.random(count) < 0.93,
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
    steps = np.column_stack([np.ones(len(category)), changes]).cumprod(axis=1)
    whole: Ints = np.floor(first[:, None] * steps).astype(np.int64)
    return whole * 100 + 90


def _valid_from(rng: np.random.Generator, count: int, as_of: int) -> Ints:
    start = np.full(count, as_of - as_of % DAY - (HISTORY_DAYS + 30) * DAY)
    days = np.sort(rng.integers(60, HISTORY_DAYS, (count, PRICES_PER_PRODUCT - 1)), axis=1)
    days[:, 1] += (days[:, 1] == days[:, 0]).astype(np.int64)
    return np.column_stack([start, awake(start[:, None] + (days + 30) * DAY)])
