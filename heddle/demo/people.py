"""Who the customers are: how they meet the company, since when, until when, and with which names and addresses."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass

import numpy as np
import pyarrow.compute as pc

from heddle.demo.parts import Part
from heddle.demo.phones import national_numbers
from heddle.demo.text import Flags, Ints, Reals, Text, join, number, pick, reference, stack, where, words
from heddle.demo.times import DAY, days, daytime
from heddle.demo.vocabulary import CITIES, DOMAINS, MEN, SURNAMES, WOMEN

GOOD_BUYER, FRESH_TRIAL, FRESH_CART, HOUSEHOLD, EMPLOYEE, LOST, REGISTERED, GUEST, OFFLINE, ANONYMOUS = range(10)
_GROUPS = "good_buyer_sms_only fresh_trial fresh_cart household employee lost registered guest offline anonymous"
GROUPS = _GROUPS.split()
SHARES = (0.08, 0.016, 0.02, 0.06, 0.004, 0.09, 0.41, 0.06, 0.10)
COUNTRIES = ("PL", "GB", "DE")
LANGUAGES = ("pl", "en", "de")
HISTORY_DAYS = 3 * 365


@dataclass(frozen=True)
class People:
    """One part's people by position; times in milliseconds."""

    index: Ints
    group: Ints
    owner: Ints
    country: Ints
    is_woman: Flags
    first_name: Text
    last_name: Text
    city: Text
    emails: tuple[Text, Text, Text]
    email_count: Ints
    phone_country: Ints
    phone_digits: Text
    phone: Text
    birth_date: Ints
    joined: Ints
    last_active: Ints
    favourite: Ints
    uses_app: Flags
    in_crm: Flags
    in_loyalty: Flags
    user_id: Text
    contact_id: Text
    loyalty_id: Text
    card_number: Text

    @property
    def size(self) -> int:
        """How many people."""
        return len(self.index)

    @property
    def is_registered(self) -> Flags:
        """Has an account in the shop."""
        return self.group <= REGISTERED

    def is_in(self, *groups: int) -> Flags:
        """Belongs to one of the groups."""
        return np.isin(self.group, groups)

    def an_email(self, which: Ints) -> Text:
        """The first, second or third address of each person, as far as there is one."""
        which = np.minimum(which, self.email_count - 1)
        return pick(stack(*self.emails), which * self.size + np.arange(self.size))


def make_people(part: Part) -> People:
    """The people of one part."""
    rng = part.rng("people")
    group, owner = _groups(rng, part.size)
    index = part.first + np.arange(part.size)
    country = rng.choice(3, part.size, p=(0.84, 0.09, 0.07))[owner]
    is_woman = rng.random(part.size) < 0.62
    first, last = _names(rng, country, is_woman, owner)
    joined = _joined(rng, group, part.as_of)
    emails = _emails(rng, first, last, index)
    phone_country, digits, phone = national_numbers(index, country, part.seed)
    registered = group <= REGISTERED
    return People(
        index=index,
        group=group,
        owner=owner,
        country=country,
        is_woman=is_woman,
        first_name=first,
        last_name=last,
        city=_by_country(rng, CITIES, country, "|", owner),
        emails=emails,
        email_count=1 + (rng.random(part.size) < 0.35).astype(np.int64) + (rng.random(part.size) < 0.09),
        phone_country=phone_country,
        phone_digits=digits,
        phone=phone,
        birth_date=part.as_of - days(rng.uniform(20, 62, part.size) * 365.25),
        joined=joined,
        last_active=_last_active(rng, group, joined, part.as_of),
        favourite=rng.integers(0, 7, part.size),
        uses_app=registered & (rng.random(part.size) < 0.4),
        in_crm=_with_rate(rng, group, registered=0.55, guest=0.2, offline=0.5),
        in_loyalty=_with_rate(rng, group, registered=0.32, guest=0.0, offline=1.0),
        user_id=reference("u", index, 81_649_658),
        contact_id=reference("K", index, 51_130_563),
        loyalty_id=reference("L", index, 27_644_437),
        card_number=reference("98", index, 94_906_265),
    )


def _groups(rng: np.random.Generator, size: int) -> tuple[Ints, Ints]:
    """Exact shares in random order; owner is whose device a member of a household shares (else the person)."""
    counts = [max(1, round(share * size)) for share in SHARES]
    counts[HOUSEHOLD] += counts[HOUSEHOLD] % 2
    codes = np.repeat(np.arange(len(SHARES)), counts)[:size]
    codes = np.concatenate([codes, np.full(size - len(codes), ANONYMOUS)])
    order = rng.permutation(size)
    group = np.empty(size, dtype=np.int64)
    group[order] = codes
    owner = np.arange(size)
    pairs = order[codes == HOUSEHOLD]
    pairs = pairs[: len(pairs) // 2 * 2]
    owner[pairs[1::2]] = pairs[0::2]
    return group, owner


def _with_rate(rng: np.random.Generator, group: Ints, registered: float, guest: float, offline: float) -> Flags:
    rates = np.array([registered] * 7 + [guest, offline, 0.0])
    return rng.random(len(group)) < rates[group]


def _joined(rng: np.random.Generator, group: Ints, as_of: int) -> Ints:
    youngest = np.array([400, 12, 5, 30, 200, 790, 2, 2, 5, 1])[group]
    span: Reals = (HISTORY_DAYS - youngest) * rng.random(len(group)) ** 1.1
    return daytime(rng, as_of - days(youngest + span), as_of)


def _last_active(rng: np.random.Generator, group: Ints, joined: Ints, as_of: int) -> Ints:
    """Churn: a life of 600 days on average; some groups are still there by construction."""
    life = days(rng.exponential(600, len(group)))
    life = np.where(group == ANONYMOUS, days(rng.exponential(40, len(group))), life)
    end = np.minimum(joined + np.maximum(life, DAY), as_of)
    end = np.where(np.isin(group, (GOOD_BUYER, FRESH_TRIAL, FRESH_CART, EMPLOYEE)), as_of, end)
    lost = joined + (rng.random(len(group)) * (as_of - 740 * DAY - joined)).astype(np.int64)
    return np.where(group == LOST, lost, end)


def _by_country(
    rng: np.random.Generator, lists: dict[str, str], country: Ints, separator: str | None, owner: Ints
) -> Text:
    per_country = [lists[code].split(separator) for code in COUNTRIES]
    starts = np.cumsum([0] + [len(entries) for entries in per_country])[:-1]
    sizes = np.array([len(entries) for entries in per_country])
    chosen = starts[country] + (rng.random(len(country)) * sizes[country]).astype(np.int64)
    return pick(words([entry for entries in per_country for entry in entries]), chosen[owner])


def _names(rng: np.random.Generator, country: Ints, is_woman: Flags, owner: Ints) -> tuple[Text, Text]:
    self = np.arange(len(country))
    first = where(is_woman, _by_country(rng, WOMEN, country, None, self), _by_country(rng, MEN, country, None, self))
    last = _by_country(rng, SURNAMES, country, None, owner)
    feminine = pc.replace_substring_regex(last, pattern=r"([sc]k|dzk)i$", replacement=r"\1a")
    return first, where(is_woman, feminine, last)


def _emails(rng: np.random.Generator, first: Text, last: Text, index: Ints) -> tuple[Text, Text, Text]:
    """Three addresses each, distinct over the whole company by the number in them."""
    name, family = _ascii(first), _ascii(last)
    tail = number(index + 10)
    initial = pc.utf8_slice_codeunits(name, 0, 1)
    domains = words(["@" + domain for domain in DOMAINS])
    at = [pick(domains, rng.integers(0, len(DOMAINS), len(index))) for _ in range(3)]
    return (
        join(name, ".", family, tail, at[0]),
        join(initial, family, tail, at[1]),
        join(family, ".", name, tail, at[2]),
    )


def _ascii(names: Text) -> Text:
    distinct = pc.unique(names)
    plain = [_fold(str(value)) for value in distinct]
    positions = pc.index_in(names, value_set=distinct)
    return pick(words(plain), np.asarray(positions))


def _fold(name: str) -> str:
    plain = name.lower().replace("ł", "l").replace("ß", "ss").replace("'", "")
    return unicodedata.normalize("NFKD", plain).encode("ascii", "ignore").decode()
