"""The paid club: trials, the features people use, subscriptions that start, are cancelled and end."""

from __future__ import annotations

import numpy as np

from heddle.demo.files import RawFiles
from heddle.demo.parts import Part
from heddle.demo.people import EMPLOYEE, FRESH_TRIAL, LOST, REGISTERED, People
from heddle.demo.text import Flags, Ints, Text, hexadecimal, join, pick, scramble, where, words
from heddle.demo.times import DAY, HOUR, awake, days, daytime, iso
from heddle.demo.vocabulary import FEATURES

EVENTS = ("trial_activated", "feature_used", "subscription_started", "subscription_cancelled", "subscription_ended")
TRIAL, USED, STARTED, CANCELLED, ENDED = range(5)
PLANS = ("monthly", "yearly")
PRICES = ("19.90", "199.00")
MOST_USES = 8


def write_club(files: RawFiles, part: Part, people: People) -> None:
    """`club/events-NNN.jsonl`, in order of time."""
    rng = part.rng("club")
    person, begun = _trials(rng, part, people)
    if not len(person):
        return
    count = len(person)
    fresh = people.is_in(FRESH_TRIAL)[person]
    uses = np.where(rng.random(count) < 0.5, 0, rng.integers(1, MOST_USES, count))
    pays = ~fresh & (rng.random(count) < 0.45)
    started = begun + days(rng.uniform(10, 14, count))
    plan = (rng.random(count) < 0.3).astype(np.int64)
    stops = pays & (rng.random(count) < 0.5)
    cancelled = started + days(rng.uniform(15, 400, count))
    user = np.repeat(np.arange(count), uses)
    end = np.where(pays, started + 60 * DAY, begun + 10 * DAY)
    used = begun[user] + HOUR + (rng.random(len(user)) * (end - begun)[user]).astype(np.int64)
    groups: list[tuple[int, Ints, Ints]] = [
        (TRIAL, np.arange(count), begun),
        (USED, user, used),
        _some(STARTED, pays, started),
        _some(CANCELLED, stops, cancelled),
        _some(ENDED, stops, cancelled + days(rng.uniform(1, 28, count))),
    ]
    row = np.concatenate([rows for _, rows, _ in groups])
    event = np.concatenate([np.full(len(rows), code) for code, rows, _ in groups])
    times = awake(np.concatenate([moment for _, _, moment in groups]))
    before_end = np.nonzero(times < np.minimum(people.last_active[person[row]] + 40 * DAY, part.as_of - 5 * HOUR))[0]
    before_end = before_end[~people.is_in(LOST)[person[row[before_end]]] | (event[before_end] == TRIAL)]
    order = before_end[np.lexsort((event[before_end], row[before_end], times[before_end]))]
    lines = _lines(rng, part, people, person[row[order]], plan[row[order]], event[order], times[order])
    files.jsonl(f"club/events{part.suffix}.jsonl", rng, lines, "occurred_at")


def _trials(rng: np.random.Generator, part: Part, people: People) -> tuple[Ints, Ints]:
    """(person, activated): one customer in eight at some time, the fresh ones 3-10 days ago, some 10-30 days ago."""
    rate = np.where(people.is_registered & ~people.is_in(EMPLOYEE), 0.13, 0.0)
    fresh = people.is_in(FRESH_TRIAL)
    recent = people.is_in(REGISTERED) & (people.last_active >= part.as_of - DAY) & (rng.random(people.size) < 0.2)
    person = np.nonzero(fresh | recent | (rng.random(people.size) < rate))[0]
    room = people.last_active[person] - people.joined[person]
    at = people.joined[person] + HOUR + (rng.random(len(person)) * room).astype(np.int64)
    at = np.where(fresh[person], part.as_of - days(rng.uniform(4.2, 8.8, len(person))), at)
    before = part.as_of - days(rng.uniform(10.2, 30, len(person)))
    at = np.where(recent[person], np.maximum(before, people.joined[person] + HOUR), at)
    return person, awake(daytime(rng, at, part.as_of))


def _some(code: int, flags: Flags, times: Ints) -> tuple[int, Ints, Ints]:
    return code, np.nonzero(flags)[0], times[flags]


def _lines(
    rng: np.random.Generator, part: Part, people: People, person: Ints, plan: Ints, event: Ints, at: Ints
) -> Text:
    key = scramble(part.number * 10_000_000 + np.arange(len(person)), part.seed * 4 + 9)
    feature = pick(words(FEATURES), rng.integers(0, len(FEATURES), len(person)))
    priced = event >= STARTED
    return join(
        '{"event_id":"s',
        hexadecimal(key),
        '","user_id":"',
        pick(people.user_id, person),
        '","event":"',
        pick(words(list(EVENTS)), event),
        '","feature":',
        where(event == USED, join('"', feature, '"'), "null"),
        ',"plan":',
        where(priced, join('"', pick(words(list(PLANS)), plan), '"'), '"trial"'),
        ',"price":',
        where(priced, pick(words(list(PRICES)), plan), "null"),
        ',"occurred_at":"',
        iso(at),
        '"}\n',
    )
