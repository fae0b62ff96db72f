"""Support tickets, by whatever identified the customer: an address, a number, or an account."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from heddle.demo.files import RawFiles
from heddle.demo.parts import Part
from heddle.demo.people import ANONYMOUS, GOOD_BUYER, People
from heddle.demo.phones import spelled
from heddle.demo.text import Ints, Text, number, pick, reference, where, words
from heddle.demo.times import HOUR, awake, days, daytime, iso_seconds
from heddle.demo.vocabulary import JUNK_EMAILS, TICKETS

OPEN, SOLVED, CLOSED = range(3)


@dataclass(frozen=True)
class Tickets:
    """One row per ticket."""

    person: Ints
    ticket_id: Text
    at: Ints


def make_tickets(part: Part, people: People) -> Tickets:
    """One person in fourteen or so writes, some twice."""
    rng = part.rng("tickets")
    person = np.repeat(np.arange(people.size), rng.poisson(0.07, people.size) * ~people.is_in(ANONYMOUS))
    room = people.last_active[person] - people.joined[person]
    at = daytime(rng, people.joined[person] + (rng.random(len(person)) * room).astype(np.int64), part.as_of)
    order = np.lexsort((person, at))
    ids = reference("T", part.first * 2 + np.arange(len(person)), 39_916_801)
    return Tickets(person[order], ids, at[order])


def write_tickets(files: RawFiles, part: Part, people: People, tickets: Tickets) -> None:
    """`support/tickets-NNN.csv`."""
    rng = part.rng("ticket texts")
    person, count = tickets.person, len(tickets.person)
    if not count:
        return
    subjects = [(topic, subject) for topic, entries in TICKETS.items() for subject in entries]
    chosen = rng.integers(0, len(subjects), count)
    closed = awake(tickets.at + days(rng.exponential(2.5, count)) + HOUR)
    is_closed = (closed < part.as_of - 5 * HOUR) & (rng.random(count) < 0.95)
    way = rng.choice(3, count, p=(0.6, 0.2, 0.2))
    emails = pick(people.an_email(rng.integers(0, 3, people.size)), person)
    junk = (rng.random(count) < 0.01) & ~people.is_in(GOOD_BUYER)[person]
    emails = where(junk, pick(words(JUNK_EMAILS), rng.integers(0, len(JUNK_EMAILS), count)), emails)
    phones = spelled(rng, people.phone_country[person], pick(people.phone_digits, person))
    rated = is_closed & (rng.random(count) < 0.5)
    files.csv(
        f"support/tickets{part.suffix}.csv",
        rng,
        {
            "ticket_id": tickets.ticket_id,
            "email": where(way != 1, emails, ""),
            "phone": where(way == 1, phones, ""),
            "user_id": where((way == 2) & people.is_registered[person], pick(people.user_id, person), ""),
            "subject": pick(words([subject for _, subject in subjects]), chosen),
            "topic": pick(words([topic for topic, _ in subjects]), chosen),
            "status": pick(words(["open", "solved", "closed"]), np.where(is_closed, rng.integers(1, 3, count), OPEN)),
            "opened_at": iso_seconds(tickets.at),
            "closed_at": where(is_closed, iso_seconds(closed), ""),
            "satisfaction": where(rated, number(rng.choice(5, count, p=(0.1, 0.06, 0.14, 0.3, 0.4)) + 1), ""),
        },
        date_column="opened_at",
        number_column="satisfaction",
    )
