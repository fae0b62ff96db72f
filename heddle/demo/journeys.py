"""What happens inside a visit: the steps of browsing, of a cart left behind and of a checkout."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from heddle.demo.baskets import Baskets
from heddle.demo.parts import Part
from heddle.demo.text import Ints
from heddle.demo.times import SECOND, month_of
from heddle.demo.visits import Visits

_STEPS = (
    "opened page listed searched viewed added removed cart checkout wished signed_up signed_in identify viewed_other "
    "added_other"
)
STEPS = _STEPS.split()
(
    OPENED,
    PAGE,
    LISTED,
    SEARCHED,
    VIEWED,
    ADDED,
    REMOVED,
    CART_UPDATED,
    CHECKOUT,
    WISHED,
    SIGNED_UP,
    SIGNED_IN,
    IDENTIFY,
    VIEWED_OTHER,
    ADDED_OTHER,
) = range(len(STEPS))
_BROWSING = (
    "page",
    "page page",
    "page listed",
    "page listed viewed",
    "page searched viewed",
    "page searched",
    "page listed searched",
    "page listed viewed viewed_other",
    "page viewed wished",
    "page listed viewed listed viewed_other viewed",
    "page viewed viewed_other viewed",
)
_LEFT = (
    "page viewed added cart",
    "page listed viewed added cart checkout",
    "page viewed added cart viewed_other",
    "page viewed viewed_other added_other added removed cart",
    "page searched viewed added cart viewed_other",
)
_BOUGHT = (
    "page viewed added cart checkout",
    "page listed viewed added cart checkout",
    "page listed viewed_other viewed added cart checkout",
    "page searched viewed added cart page checkout",
    "page viewed added cart checkout cart checkout",
)
_VARIANTS = ("", "signed_in identify", "signed_up identify")


@dataclass(frozen=True)
class Actions:
    """One row per tracked call: which visit, which step, when, how manyth step, and the price version looked at."""

    visit: Ints
    step: Ints
    at: Ints
    place: Ints
    version: Ints


def make_actions(part: Part, visits: Visits, baskets: Baskets) -> Actions:
    """The steps of every visit, a few seconds to minutes apart."""
    rng = part.rng("journeys")
    scripts, lengths = _scripts()
    script = _choose(rng, visits)
    length = lengths[script]
    visit = np.repeat(np.arange(visits.size), length)
    place = np.arange(len(visit)) - np.repeat(np.cumsum(length) - length, length)
    step = scripts[script[visit], place]
    gap = np.minimum(rng.exponential(35, len(visit)) + 1, 150) * SECOND
    gap[place == 0] = 0
    gap[step == IDENTIFY] = rng.integers(50, 900, int((step == IDENTIFY).sum()))
    passed = gap.astype(np.int64).cumsum()
    at = visits.at[visit] + passed - passed[np.searchsorted(visit, visit)]
    return Actions(visit, step, at, place, _versions(rng, part, visits, baskets, visit, step))


def _scripts() -> tuple[Ints, Ints]:
    """Every script x (nothing, sign-in, sign-up) x (web, app), padded to one length."""
    rows = []
    for script in (*_BROWSING, *_LEFT, *_BOUGHT):
        for variant in _VARIANTS:
            first, *rest = script.split()
            for opening in ([], ["opened"]):
                rows.append([STEPS.index(step) for step in [*opening, first, *variant.split(), *rest]])
    longest = max(map(len, rows))
    padded = np.array([row + [-1] * (longest - len(row)) for row in rows])
    return padded, np.array([len(row) for row in rows])


def _choose(rng: np.random.Generator, visits: Visits) -> Ints:
    starts = np.array([0, len(_BROWSING), len(_BROWSING) + len(_LEFT)])
    sizes = np.array([len(_BROWSING), len(_LEFT), len(_BOUGHT)])
    script: Ints = starts[visits.kind] + (rng.random(visits.size) * sizes[visits.kind]).astype(np.int64)
    variant: Ints = np.where(visits.is_sign_up, 2, visits.identifies.astype(np.int64))
    return (script * len(_VARIANTS) + variant) * 2 + visits.is_app


def _versions(rng: np.random.Generator, part: Part, visits: Visits, baskets: Baskets, visit: Ints, step: Ints) -> Ints:
    """The cart's first product where there is a cart, else one that fits the season."""
    months = month_of(visits.at)
    looked_at = part.catalogue.draw(rng, months)
    other = part.catalogue.draw(rng, months)
    chosen = baskets.visit >= 0
    looked_at[baskets.visit[chosen]] = baskets.product[baskets.first_line[:-1][chosen]]
    product = np.where(np.isin(step, (VIEWED_OTHER, ADDED_OTHER, REMOVED)), other[visit], looked_at[visit])
    return part.catalogue.version_at(product, visits.at[visit])
