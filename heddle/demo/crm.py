"""CRM contacts and their questionnaires about children, typed by hand: many spellings, junk, people entered twice."""

from __future__ import annotations

from dataclasses import dataclass
from typing import cast

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from heddle.demo.files import RawFiles
from heddle.demo.parts import Part
from heddle.demo.people import GOOD_BUYER, LANGUAGES, People
from heddle.demo.phones import spelled
from heddle.demo.text import Ints, Text, join, pick, reference, stack, where, words
from heddle.demo.times import DAY, HOUR, awake, days, iso_day, iso_seconds
from heddle.demo.vocabulary import CHILDREN, JUNK_EMAILS, JUNK_PHONES

SOON_BIRTHDAY_SHARE = 0.02
NEWSLETTER = ("yes", "1", "tak", "TRUE", "no", "0", "nie", "")


@dataclass(frozen=True)
class Children:
    """One row per child, by parent; birth dates as milliseconds at midnight."""

    parent: Ints
    name: Ints
    birth_date: Ints


@dataclass(frozen=True)
class Contacts:
    """One row per contact; a few people have two."""

    person: Ints
    contact_id: Text
    email: Text
    phone: Text


def make_children(part: Part, people: People) -> Children:
    """One to three children for three quarters of the people in the CRM; some birthdays within three days."""
    rng = part.rng("children")
    parents = np.nonzero(people.in_crm)[0]
    amount = rng.choice(4, len(parents), p=(0.25, 0.35, 0.3, 0.1))
    parent = np.repeat(parents, amount)
    midnight = part.as_of - part.as_of % DAY
    birth = midnight - days(rng.uniform(30, 14 * 365, len(parent))) // DAY * DAY
    soon = np.nonzero(rng.random(len(parent)) < SOON_BIRTHDAY_SHARE)[0]
    birth[soon] = _anniversaries(rng, midnight + rng.integers(0, 4, len(soon)) * DAY)
    if len(parent):
        birth[:1] = _anniversaries(rng, np.array([midnight + 3 * DAY]))
    return Children(parent, rng.integers(0, len(CHILDREN), len(parent)), birth)


def _anniversaries(rng: np.random.Generator, birthdays: Ints) -> Ints:
    """The same calendar day one to twelve years before (29 February becomes 1 March)."""
    date = birthdays.astype("datetime64[ms]").astype("datetime64[D]")
    month = date.astype("datetime64[M]")
    years = rng.integers(1, 13, len(birthdays))
    earlier = (month - (12 * years).astype("timedelta64[M]")).astype("datetime64[D]") + (
        date - month.astype("datetime64[D]")
    )
    return cast(Ints, earlier.astype("datetime64[ms]").astype(np.int64))


def make_contacts(part: Part, people: People) -> Contacts:
    """Contacts with the address and number given there, junk in about one of a hundred."""
    rng = part.rng("contacts")
    once = np.nonzero(people.in_crm)[0]
    twice = once[rng.random(len(once)) < 0.03]
    person = np.concatenate([once, twice])
    second = np.arange(len(person)) >= len(once)
    ids = stack(pick(people.contact_id, once), reference("K", people.index[twice] + 2**28, 51_130_563))
    which = np.where(second | (rng.random(len(person)) < 0.35), 1, 0)
    emails = stack(*people.emails)
    email = pick(emails, np.minimum(which, people.email_count[person] - 1) * people.size + person)
    phones = spelled(rng, people.phone_country[person], pick(people.phone_digits, person))
    fate = np.where(people.is_in(GOOD_BUYER)[person], 1.0, rng.random(len(person)))
    junk_email = pick(words(JUNK_EMAILS), rng.integers(0, len(JUNK_EMAILS), len(person)))
    junk_phone = pick(words(JUNK_PHONES), rng.integers(0, len(JUNK_PHONES), len(person)))
    email = where(fate < 0.008, junk_email, where((fate >= 0.02) & (fate < 0.06), "", email))
    phone = where((fate >= 0.008) & (fate < 0.016), junk_phone, where((fate >= 0.06) & (fate < 0.2), "", phones))
    return Contacts(person, ids, email, phone)


def write_crm(files: RawFiles, part: Part, people: People, contacts: Contacts, children: Children) -> None:
    """`crm/contacts-NNN.csv`."""
    rng = part.rng("crm spelling")
    person = contacts.person
    created = awake(np.minimum(people.joined[person] + days(rng.uniform(0, 20, len(person))), part.as_of - 5 * HOUR))
    updated = awake(np.minimum(created + days(rng.exponential(90, len(person))), part.as_of - 5 * HOUR))
    capitals = rng.random(len(person))
    last_name = pick(people.last_name, person)
    files.csv(
        f"crm/contacts{part.suffix}.csv",
        rng,
        {
            "contact_id": contacts.contact_id,
            "email": contacts.email,
            "first_name": where(
                capitals < 0.03, _upper(pick(people.first_name, person)), pick(people.first_name, person)
            ),
            "last_name": where(capitals < 0.05, _upper(last_name), last_name),
            "phone": contacts.phone,
            "city": where(capitals > 0.97, _upper(pick(people.city, person)), pick(people.city, person)),
            "children": pick(_questionnaires(rng, people, children), person),
            "language": pick(words(list(LANGUAGES)), people.country[person]),
            "newsletter": pick(words(list(NEWSLETTER)), rng.integers(0, len(NEWSLETTER), len(person))),
            "created_at": iso_seconds(created),
            "updated_at": iso_seconds(np.maximum(created, updated)),
        },
        date_column="created_at",
    )


def _upper(names: Text) -> Text:
    return pc.utf8_upper(names)


def _questionnaires(rng: np.random.Generator, people: People, children: Children) -> Text:
    """`Zosia:2021-03-04;Jan:2019-11-30` per person; one in ten answers in a form of its own."""
    count = len(children.parent)
    name, date = pick(words(CHILDREN), children.name), iso_day(children.birth_date)
    year, month, day = (pc.utf8_slice_codeunits(date, i, j) for i, j in ((0, 4), (5, 7), (8, 10)))
    local = join(day, ".", month, ".", year)
    nameless, dateless = join(":", date), join(name, ":")
    forms = [join(name, ":", date), join(" ", name, ": ", date), join(name, ":", local), nameless, dateless]
    form = rng.choice(len(forms), count, p=(0.92, 0.03, 0.03, 0.01, 0.01))
    answers = pick(stack(*forms), form * count + np.arange(count))
    offsets = np.searchsorted(children.parent, np.arange(people.size + 1))
    joined = cast(Text, pc.binary_join(pa.ListArray.from_arrays(pa.array(offsets, pa.int32()), answers), ";"))
    nothing = pick(words(["", "", "brak", "-"]), rng.integers(0, 4, people.size))
    return where(np.diff(offsets) == 0, nothing, joined)
