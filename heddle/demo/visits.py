"""When people come: purchases with a personal rhythm, and the visits to web and app around them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from heddle.demo.catalogue import sale_begins
from heddle.demo.parts import Part
from heddle.demo.people import ANONYMOUS, FRESH_CART, FRESH_TRIAL, GOOD_BUYER, GUEST, OFFLINE, REGISTERED, People
from heddle.demo.text import Flags, Ints, scramble
from heddle.demo.times import DAY, HOUR, awake, days, daytime, month_of
from heddle.demo.vocabulary import CATEGORIES

BROWSE, CART, ORDER = range(3)
MOST_PURCHASES, MOST_OFTEN = 10, 24
NAPPIES = list(CATEGORIES).index("nappies")  # they run out: who likes them best comes back soonest
# How many of the purchases that a rhythm would give happen in a month: Christmas, back to school, spring.
SEASON = np.array([0.55, 0.5, 0.6, 0.65, 0.65, 0.6, 0.55, 0.85, 0.9, 0.7, 0.95, 1.0])


@dataclass(frozen=True)
class Purchases:
    """One row per order or receipt."""

    person: Ints
    at: Ints
    in_store: Flags


@dataclass(frozen=True)
class Visits:
    """One row per visit, by start; `device` is the key behind the anonymous id, `basket` is -1 without one."""

    person: Ints
    at: Ints
    kind: Ints
    is_app: Flags
    is_sign_up: Flags
    is_logged_in: Flags
    identifies: Flags
    device: Ints

    @property
    def size(self) -> int:
        """How many visits."""
        return len(self.person)


def make_purchases(part: Part, people: People) -> Purchases:
    """Renewal process per person (gamma gaps around a personal mean), thinned by season, ended by churn."""
    rng = part.rng("purchases")
    mean_days = np.exp(rng.normal(np.log(115), 0.6, people.size)) * np.where(people.favourite == NAPPIES, 0.4, 1.0)
    gaps = rng.gamma(2.0, 1.0, (people.size, MOST_OFTEN)) * mean_days[:, None] / 2
    gaps[:, 0] *= rng.random(people.size)
    times = people.joined[:, None] + days(gaps.cumsum(axis=1))
    buys = _buyers(rng, people)
    keep = (times < people.last_active[:, None]) & buys[:, None]
    keep &= rng.random(times.shape) < SEASON[month_of(times) - 1]
    most = np.where(people.favourite == NAPPIES, MOST_OFTEN, MOST_PURCHASES)
    keep &= np.arange(MOST_OFTEN) < np.where(people.is_in(GUEST), 1, most)[:, None]
    person, column = np.nonzero(keep)
    at = times[person, column]
    person, at = _with_forced(rng, part, people, person, at)
    at = np.maximum(daytime(rng, at, part.as_of), people.joined[person] + HOUR)
    fine = (at < part.as_of - 2 * HOUR) & ~(people.is_in(FRESH_CART)[person] & (at > part.as_of - 4 * DAY))
    person, at = person[fine], awake(at[fine])
    # A receipt may carry no card; the good buyers' last year must be known, so they buy online then.
    may_visit = people.in_loyalty[person] & ~(people.is_in(GOOD_BUYER)[person] & (at > part.as_of - 366 * DAY))
    in_store = people.is_in(OFFLINE)[person] | (may_visit & (rng.random(len(person)) < 0.25))
    order = np.lexsort((person, at))
    return Purchases(person[order], at[order], in_store[order])


def _buyers(rng: np.random.Generator, people: People) -> Flags:
    rate = np.where(people.is_registered, 0.78, 0.0)
    rate = np.where(people.is_in(FRESH_TRIAL), 0.5, rate)
    rate = np.where(people.is_in(GOOD_BUYER, GUEST, OFFLINE), 1.0, rate)
    return rng.random(people.size) < rate


def _with_forced(rng: np.random.Generator, part: Part, people: People, person: Ints, at: Ints) -> tuple[Ints, Ints]:
    """Guests and offline buyers bought at least once, good buyers at least once in the last 300 days."""
    first = np.nonzero(people.is_in(GUEST, OFFLINE))[0]
    recent = np.nonzero(people.is_in(GOOD_BUYER))[0]
    recently = part.as_of - days(rng.uniform(4, 300, len(recent)))
    return np.concatenate([person, first, recent]), np.concatenate([at, people.joined[first] + 2 * HOUR, recently])


def make_visits(part: Part, people: People, purchases: Purchases) -> Visits:
    """Online purchases, abandoned carts, browsing and the sign-up, in order of time."""
    rng = part.rng("visits")
    online = ~purchases.in_store
    groups = [
        (purchases.person[online], purchases.at[online], ORDER),
        (*_abandoned(rng, people, part.as_of), CART),
        (*_fresh_carts(rng, people, part.as_of), CART),
        (*_browsing(rng, people, part.as_of), BROWSE),
        (*_sale(rng, people, part.as_of), BROWSE),
    ]
    signing = np.nonzero(people.is_registered)[0]
    person = np.concatenate([p for p, _, _ in groups] + [signing])
    at = np.concatenate([t for _, t, _ in groups] + [people.joined[signing]])
    kind = np.concatenate([np.full(len(p), k) for p, _, k in groups] + [np.full(len(signing), BROWSE)])
    sign_up = np.concatenate([np.zeros(len(person) - len(signing), bool), np.ones(len(signing), bool)])
    order = np.lexsort((kind, person, at))
    return _dressed(rng, people, person[order], at[order], kind[order], sign_up[order])


def _abandoned(rng: np.random.Generator, people: People, as_of: int) -> tuple[Ints, Ints]:
    rate = np.where(people.is_registered, 0.55, 0.12) * ~people.is_in(OFFLINE)
    return _spread(rng, people, rng.poisson(rate), as_of)


def _browsing(rng: np.random.Generator, people: People, as_of: int) -> tuple[Ints, Ints]:
    rate = np.where(people.is_registered, 2.0, 0.8) * ~people.is_in(OFFLINE)
    amount = rng.poisson(np.where(people.is_in(ANONYMOUS), 1.3, rate))
    return _spread(rng, people, amount + people.is_in(ANONYMOUS), as_of)


def _spread(rng: np.random.Generator, people: People, amount: Ints, as_of: int) -> tuple[Ints, Ints]:
    person = np.repeat(np.arange(people.size), amount)
    room = people.last_active[person] - people.joined[person]
    at = people.joined[person] + HOUR + (rng.random(len(person)) * room).astype(np.int64)
    at = np.maximum(daytime(rng, at, as_of), people.joined[person] + HOUR)
    fine = at < as_of - 2 * HOUR
    return person[fine], awake(at[fine])


def _fresh_carts(rng: np.random.Generator, people: People, as_of: int) -> tuple[Ints, Ints]:
    """Carts left in the last day, quiet for more than an hour."""
    person = np.nonzero(people.is_in(FRESH_CART))[0]
    at = as_of - (rng.uniform(4.6, 22.0, len(person)) * HOUR).astype(np.int64)
    return person, awake(at)


def _sale(rng: np.random.Generator, people: People, as_of: int) -> tuple[Ints, Ints]:
    """The sale of these days: one account in five that is still used had a look."""
    here = people.is_in(REGISTERED) & (people.last_active >= as_of - DAY)
    person = np.nonzero(here & (rng.random(people.size) < 0.2))[0]
    begins, ends = sale_begins(as_of), as_of - 7 * HOUR
    return person, awake(begins + (rng.random(len(person)) * (ends - begins)).astype(np.int64))


def _dressed(rng: np.random.Generator, people: People, person: Ints, at: Ints, kind: Ints, sign_up: Flags) -> Visits:
    """On which device, and whether the company knows who it is."""
    count = len(person)
    is_app = people.uses_app[person] & (rng.random(count) < 0.5)
    shared = (people.owner[person] != person) & (rng.random(count) < 0.5)
    slot = np.where(shared, 0, rng.choice(3, count, p=(0.72, 0.2, 0.08)))
    holder = people.index[np.where(shared, people.owner[person], person)]
    device = holder * 8 + np.where(is_app, 4, slot)
    must = (kind == ORDER) | sign_up | people.is_in(FRESH_CART)[person]
    logged_in = people.is_registered[person] & (must | (rng.random(count) < 0.6))
    pair = np.where(logged_in, device * 2_000_003 + person, -1)
    first = np.zeros(count, bool)
    first[np.unique(pair, return_index=True)[1]] = True
    identifies = logged_in & (first | (rng.random(count) < 0.3))
    return Visits(person, at, kind, is_app, sign_up, logged_in, identifies, device)


def anonymous_keys(device: Ints, seed: int) -> np.ndarray[tuple[int], np.dtype[np.uint64]]:
    """The number behind an anonymous id."""
    return scramble(device, seed * 4 + 1)
