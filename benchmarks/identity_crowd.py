"""The people of the graph that identity_graph.py writes: what each source says of each of them."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from heddle.demo.text import Flags, Ints, Text, hexadecimal, join, number, pick, scramble, words

HUB = "everybody.together@hub.example"
LISTED_EMAILS = ("test@test.com", "info@firm.example", "noreply@firm.example")
LISTED_PHONE = "+10000000000"
MOST_COOKIES = 200


@dataclass(frozen=True)
class Rows:
    """Links of one kind: a record each, its person, the identifier."""

    source: str
    record: Text
    person: Ints
    identifier_type: str
    value: Text


def everything_known(part: int, first: int, count: int) -> Iterator[Rows]:
    """Everything that is known of people `first` .. `first + count - 1`."""
    rng = np.random.default_rng([1, part])
    person = first + np.arange(count)
    household = _households(rng, count) + first
    email_of = np.where((household % 3 == 0), household, person)
    email, phone, user = _email(email_of), _phone(person), user_ids(person)
    at = np.nonzero(has_account(person))[0]
    yield from _online(rng, person[at], household[at], *(pick(column, at) for column in (email, phone, user)))
    yield from _crm(rng, person, email, phone)
    member, number_ = join("l:", number(person)), join("L", number(person))
    chosen = rng.random(count) < 0.3
    yield from chosen_rows(chosen, Rows("loyalty", member, person, "loyalty_id", number_))
    yield from chosen_rows(chosen, Rows("loyalty", member, person, "phone", phone))


def has_account(person: Ints) -> Flags:
    """85 % of the people."""
    chosen: Flags = scramble(person, 3) % np.uint64(20) < np.uint64(17)
    return chosen


def _online(
    rng: np.random.Generator, person: Ints, household: Ints, email: Text, phone: Text, user: Text
) -> Iterator[Rows]:
    """The account and what is seen with it."""
    account = join("u:", user)
    yield Rows("shop", account, person, "user_id", user)
    yield Rows("shop", account, person, "email", email)
    yield from _some(rng, 0.7, Rows("shop", account, person, "phone", phone))
    yield from _cookies(rng, person)
    yield from _devices(rng, person, household)
    yield from _chains(rng, person)
    yield from _junk(rng, person, user)


def _households(rng: np.random.Generator, count: int) -> Ints:
    """Position of the head of each person's household: 85 % live alone, the others are 2-4 neighbours in the list."""
    size = rng.choice(4, count, p=(0.94, 0.03, 0.02, 0.01)) + 1
    starts = np.cumsum(size) - size
    starts = starts[starts < count]
    return np.repeat(starts, np.diff(np.append(starts, count)))


def _cookies(rng: np.random.Generator, person: Ints) -> Iterator[Rows]:
    per_person = np.minimum(rng.zipf(2.2, len(person)), MOST_COOKIES)
    owner = np.repeat(person, per_person)
    place = _place(per_person)
    cookie = cookies(owner * MOST_COOKIES + place)
    record = join("a:", cookie)
    yield Rows("web", record, owner, "anonymous_id", cookie)
    logged_in = (place > 0) | ~has_lost_cookie(owner)
    yield from chosen_rows(logged_in, Rows("web", record, owner, "user_id", user_ids(owner)))


def has_lost_cookie(person: Ints) -> Flags:
    """One account in thirty has a first cookie that nobody has logged in with; the delta logs some in."""
    chosen: Flags = has_account(person) & (scramble(person, 9) % np.uint64(30) == 0)
    return chosen


def _devices(rng: np.random.Generator, person: Ints, household: Ints) -> Iterator[Rows]:
    """A phone or tablet of one's own, or that of the household; one record per device and account."""
    together = np.isin(household, household[household != person])
    chosen = together | (rng.random(len(person)) < 0.2)
    device = join("d", number(np.where(together, household, person)))
    record = join("d:", device, ":", number(person))
    yield from chosen_rows(chosen, Rows("app", record, person, "device_id", device))
    yield from chosen_rows(chosen, Rows("app", record, person, "user_id", user_ids(person)))


def _chains(rng: np.random.Generator, person: Ints) -> Iterator[Rows]:
    owner = person[rng.random(len(person)) < 0.03]
    length = rng.integers(20, 51, len(owner))
    first = owner * 51
    at = np.repeat(first, length - 1) + _place(length - 1)
    who = np.repeat(owner, length - 1)
    record = join("x:", number(at))
    for step in (0, 1):
        yield Rows("web", record, who, "anonymous_id", _sequential(at + step))
    yield Rows("web", join("x:", number(first)), owner, "user_id", user_ids(owner))


def _crm(rng: np.random.Generator, person: Ints, email: Text, phone: Text) -> Iterator[Rows]:
    """A contact names the e-mail or the phone, or both; 2 % of the people have the junk address of no rule there."""
    count = len(person)
    hub = rng.random(count) < 0.02
    chosen = hub | (rng.random(count) < 0.4)
    by = rng.random(count)
    contact, crm_id = join("c:K", number(person)), join("K", number(person))
    yield from chosen_rows(chosen, Rows("crm", contact, person, "crm_id", crm_id))
    yield from chosen_rows(chosen & ~hub & (by < 0.8), Rows("crm", contact, person, "email", email))
    yield from chosen_rows(chosen & (hub | (by > 0.5)), Rows("crm", contact, person, "phone", phone))
    yield from chosen_rows(hub, Rows("crm", contact, person, "email", same_text(HUB, person)))


def _junk(rng: np.random.Generator, person: Ints, user: Text) -> Iterator[Rows]:
    """Tickets with an account and an address or number that is not the person's."""
    ticket = join("t:", number(person))
    fate = rng.random(len(person))
    listed = pick(words(LISTED_EMAILS), rng.choice(3, len(person), p=(0.7, 0.2, 0.1)))
    mailbox = join("counter", number(np.minimum(rng.zipf(1.4, len(person)), 300)), "@chain.example")
    kinds = ((fate < 0.006, "email", listed), (fate > 0.994, "phone", same_text(LISTED_PHONE, person)))
    for chosen, kind, value in (*kinds, ((fate > 0.4) & (fate < 0.41), "email", mailbox)):
        yield from chosen_rows(chosen, Rows("support", ticket, person, kind, value))
        yield from chosen_rows(chosen, Rows("support", ticket, person, "user_id", user))


def chosen_rows(chosen: Flags, rows: Rows) -> Iterator[Rows]:
    """Those rows, or nothing when there are none."""
    at = np.nonzero(chosen)[0]
    if len(at):
        yield Rows(rows.source, pick(rows.record, at), rows.person[at], rows.identifier_type, pick(rows.value, at))


def _some(rng: np.random.Generator, share: float, rows: Rows) -> Iterator[Rows]:
    return chosen_rows(rng.random(len(rows.person)) < share, rows)


def _place(lengths: Ints) -> Ints:
    """0, 1, 2 .. within each group of the given lengths."""
    return np.arange(int(lengths.sum())) - np.repeat(np.cumsum(lengths) - lengths, lengths)


def same_text(word: str, rows: Ints) -> Text:
    """The word, once per row."""
    return pick(words([word]), np.zeros(len(rows), np.int64))


def user_ids(person: Ints) -> Text:
    """The accounts of people."""
    return join("u", number(100_000_000 + person))


def _email(person: Ints) -> Text:
    return join("name", number(person), "@mail", number(person % 7), ".example")


def _phone(person: Ints) -> Text:
    return join("+48", number(500_000_000 + person))


def cookies(key: Ints) -> Text:
    """Cookies by number: MOST_COOKIES for each person, below zero nobody's."""
    return hexadecimal(scramble(key, 5))


def _sequential(place: Ints) -> Text:
    return join("c", number(10_000_000_000 + place))
