"""E-mail engagement: one newsletter a week, and what mailboxes and people did with it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from heddle.demo.files import RawFiles
from heddle.demo.parts import Part
from heddle.demo.people import ANONYMOUS, GOOD_BUYER, GUEST, LOST, OFFLINE, People
from heddle.demo.text import Flags, Ints, Reals, Text, hexadecimal, join, number, pick, scramble, where, words
from heddle.demo.times import DAY, HOUR, MINUTE, awake, iso

CAMPAIGNS = 156
EVENTS = ("delivered", "opened", "machine_opened", "clicked", "bounced", "complained", "unsubscribed")
DELIVERED, OPENED, MACHINE_OPENED, CLICKED, BOUNCED, COMPLAINED, UNSUBSCRIBED = range(7)
NEVER_OPENS = 0.25


@dataclass(frozen=True)
class Subscribers:
    """Who gets the newsletter, per person: from and until when, and how they treat it."""

    gets_mail: Flags
    until: Ints
    opening_rate: Reals
    machine: Flags
    hard_bounce: Flags
    leaves: Flags
    complains: Flags
    full_mailbox: Flags


def make_subscribers(part: Part, people: People) -> Subscribers:
    """Good buyers always get it, and open nothing for months."""
    rng = part.rng("subscribers")
    size = people.size
    good = people.is_in(GOOD_BUYER)
    has_mail = people.is_registered | people.is_in(GUEST) | (people.is_in(OFFLINE) & people.in_crm)
    until = np.where(people.is_in(LOST), people.last_active, np.minimum(people.last_active + 120 * DAY, part.as_of))
    fate = np.where(good, 1.0, rng.random(size))
    return Subscribers(
        gets_mail=good | (has_mail & ~people.is_in(ANONYMOUS) & (rng.random(size) < 0.8)),
        until=until,
        opening_rate=np.where(rng.random(size) < NEVER_OPENS, 0.0, rng.beta(1.6, 2.2, size)),
        machine=rng.random(size) < 0.3,
        hard_bounce=fate < 0.012,
        leaves=(fate >= 0.012) & (fate < 0.04),
        complains=(fate >= 0.04) & (fate < 0.046),
        full_mailbox=(fate >= 0.046) & (fate < 0.058),
    )


def write_mailing(files: RawFiles, part: Part, people: People, who: Subscribers) -> None:
    """`email/events-NNN.jsonl`, in order of time."""
    rng = part.rng("mailing")
    person, campaign, last, at = _sendings(rng, part, people, who)
    soft_rate = np.where(who.full_mailbox, 0.4, 0.01)[person]
    soft = (rng.random(len(person)) < soft_rate) & ~people.is_in(GOOD_BUYER)[person]
    hard = last & who.hard_bounce[person]
    arrived = ~(soft | hard)
    silent = people.is_in(GOOD_BUYER)[person] & (at > part.as_of - 110 * DAY)
    opened = arrived & ~silent & (rng.random(len(person)) < who.opening_rate[person])
    machine = arrived & who.machine[person] & (rng.random(len(person)) < 0.9)
    clicked = opened & (rng.random(len(person)) < 0.2)
    read_at = at + (rng.exponential(5, len(person)) * HOUR).astype(np.int64) + MINUTE
    groups = [
        (DELIVERED, arrived, at),
        (BOUNCED, ~arrived, at),
        (MACHINE_OPENED, machine, at + MINUTE),
        (OPENED, opened, read_at),
        (CLICKED, clicked, read_at + MINUTE),
        (UNSUBSCRIBED, last & arrived & who.leaves[person], read_at + 2 * MINUTE),
        (COMPLAINED, last & arrived & who.complains[person], read_at + 2 * MINUTE),
    ]
    row = np.concatenate([np.nonzero(flags)[0] for _, flags, _ in groups])
    event = np.concatenate([np.full(int(flags.sum()), code) for code, flags, _ in groups])
    times = awake(np.concatenate([moment[flags] for _, flags, moment in groups]))
    happened = np.nonzero(times <= part.as_of - 4 * HOUR)[0]
    order = happened[np.lexsort((event[happened], row[happened], times[happened]))]
    row, event, times = row[order], event[order], times[order]
    kind = np.where(event != BOUNCED, 0, np.where(hard[row], 2, 1))
    lines = _lines(part, people, person[row], campaign[row], event, kind, times)
    files.jsonl(f"email/events{part.suffix}.jsonl", rng, lines, "occurred_at")


def _sendings(rng: np.random.Generator, part: Part, people: People, who: Subscribers) -> tuple[Ints, Ints, Flags, Ints]:
    """(person, campaign, is the person's last, time): the last handful of newsletters of everybody's time."""
    newest = part.as_of - part.as_of % DAY - 2 * DAY + 8 * HOUR
    first = np.maximum(CAMPAIGNS - 1 - (newest - people.joined) // (7 * DAY), 0)
    final = CAMPAIGNS - 1 - np.maximum(-(-(newest - who.until) // (7 * DAY)), 0)
    wanted = np.where(people.is_in(GOOD_BUYER), rng.integers(6, 12, people.size), 3 + rng.poisson(5, people.size))
    amount = np.where(who.gets_mail, np.clip(final - first, 0, wanted), 0)
    person = np.repeat(np.arange(people.size), amount)
    back = np.arange(len(person)) - np.repeat(np.cumsum(amount) - amount, amount)
    campaign = final[person] - back
    at = newest - (CAMPAIGNS - 1 - campaign) * 7 * DAY + rng.integers(0, 40 * MINUTE, len(person))
    return person, campaign, back == 0, at


def _lines(part: Part, people: People, person: Ints, campaign: Ints, event: Ints, bounce: Ints, at: Ints) -> Text:
    key = (people.index[person] * CAMPAIGNS + campaign) * len(EVENTS) + event
    message = hexadecimal(scramble(key // len(EVENTS), part.seed * 4 + 5))
    url = where(event == CLICKED, ',"url":"https://shop.example/sale"', ',"url":null')
    bounces = words([',"bounce_type":null', ',"bounce_type":"soft"', ',"bounce_type":"hard"'])
    return join(
        '{"event_id":"e',
        hexadecimal(scramble(key, part.seed * 4 + 6)),
        '","message_id":"m',
        message,
        '","email":"',
        pick(people.emails[0], person),
        '","event":"',
        pick(words(list(EVENTS)), event),
        '"',
        pick(bounces, bounce),
        ',"campaign":"newsletter-',
        number(1000 + campaign),
        '"',
        url,
        ',"occurred_at":"',
        iso(at),
        '"}\n',
    )
