"""Consents as the consent tool exports them, per address, channel and purpose; some are withdrawn later."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from heddle.demo.files import RawFiles
from heddle.demo.parts import Part
from heddle.demo.people import ANONYMOUS, FRESH_CART, FRESH_TRIAL, GOOD_BUYER, People
from heddle.demo.phones import spelled
from heddle.demo.text import Flags, Ints, Text, hexadecimal, join, pick, scramble, stack, where, words
from heddle.demo.times import HOUR, MINUTE, awake, iso_seconds

TOPICS = (("email", "marketing"), ("sms", "marketing"), ("ads", "ads"), ("phone", "service"))
EMAIL, SMS, ADS, PHONE = range(4)
STATUSES = ("granted", "denied", "withdrawn")
GRANTED, DENIED, WITHDRAWN = range(3)
PROOFS = ("form:register/v3", "form:newsletter/v1", "double-opt-in", "pos:paper-card", "call-centre:recorded")
ASKED = (0.95, 0.75, 0.4, 0.04)
GRANT_RATE = (0.82, 0.55, 0.6, 0.8)
WITHDRAW_RATE = (0.07, 0.08, 0.08, 0.02)


@dataclass(frozen=True)
class Consents:
    """One row per answer."""

    person: Ints
    topic: Ints
    status: Ints
    at: Ints


def make_consents(part: Part, people: People) -> Consents:
    """Everyone with an address is asked for some of the topics; good buyers said yes to text messages."""
    rng = part.rng("consents")
    known = ~people.is_in(ANONYMOUS)
    good, fresh = people.is_in(GOOD_BUYER), people.is_in(FRESH_CART, FRESH_TRIAL)
    columns: list[tuple[Ints, Ints, Ints, Ints]] = []
    for topic in range(len(TOPICS)):
        keen = (good & (topic == SMS)) | (fresh & (topic == EMAIL))
        asked = np.nonzero(known & (keen | (rng.random(people.size) < ASKED[topic])))[0]
        yes = keen[asked] | (rng.random(len(asked)) < GRANT_RATE[topic])
        at = awake(people.joined[asked] + rng.integers(0, 20 * MINUTE, len(asked)))
        at = np.minimum(at, part.as_of - 6 * HOUR)
        columns.append((asked, np.full(len(asked), topic), np.where(yes, GRANTED, DENIED), at))
        regret = yes & ~keen[asked] & (rng.random(len(asked)) < WITHDRAW_RATE[topic])
        later = _later(rng, people, asked[regret])
        fine = (later > at[regret]) & (later < part.as_of - 6 * HOUR)
        who = asked[regret][fine]
        columns.append((who, np.full(len(who), topic), np.full(len(who), WITHDRAWN), later[fine]))
    person, topic_column, status, at = (np.concatenate(pieces) for pieces in zip(*columns, strict=True))
    order = np.lexsort((topic_column, person, at))
    return Consents(person[order], topic_column[order], status[order], at[order])


def _later(rng: np.random.Generator, people: People, person: Ints) -> Ints:
    """Some day of the person's time with the company."""
    room = people.last_active[person] - people.joined[person]
    return awake(people.joined[person] + HOUR + (rng.random(len(person)) * room).astype(np.int64))


def write_consents(files: RawFiles, part: Part, people: People, answers: Consents) -> None:
    """`consents/consents-NNN.csv`."""
    rng = part.rng("consent spelling")
    count = len(answers.person)
    phones = spelled(rng, people.phone_country[answers.person], pick(people.phone_digits, answers.person))
    by_phone: Flags = np.isin(answers.topic, (SMS, PHONE))
    key = (people.index[answers.person] * len(TOPICS) + answers.topic) * len(STATUSES) + answers.status
    files.csv(
        f"consents/consents{part.suffix}.csv",
        rng,
        {
            "consent_id": join("g", hexadecimal(scramble(key, part.seed * 4 + 7))),
            "address": where(by_phone, phones, pick(people.emails[0], answers.person)),
            "channel": _words_of(answers.topic, 0),
            "purpose": _words_of(answers.topic, 1),
            "status": pick(words(list(STATUSES)), answers.status),
            "occurred_at": iso_seconds(answers.at),
            "proof": pick(words(list(PROOFS)), rng.integers(0, len(PROOFS), count)),
        },
        date_column="occurred_at",
    )


def _words_of(topic: Ints, side: int) -> Text:
    return pick(stack(words([pair[side] for pair in TOPICS])), topic)
