"""Web and app events in the Segment tracking spec, one JSON object per line."""

from __future__ import annotations

import numpy as np

from heddle.demo.baskets import Baskets
from heddle.demo.calls import TrackedCalls
from heddle.demo.files import RawFiles
from heddle.demo.journeys import (
    Actions,
)
from heddle.demo.parts import Part
from heddle.demo.people import People
from heddle.demo.text import Ints
from heddle.demo.times import DAY, HOUR, SECOND, awake
from heddle.demo.visits import Visits

ROWS_AT_ONCE = 150_000


def write_tracking(
    files: RawFiles, part: Part, people: People, visits: Visits, baskets: Baskets, actions: Actions
) -> None:
    """`web/events-NNN.jsonl` and `app/events-NNN.jsonl`, in order of arrival."""
    rng = part.rng("tracking")
    received, sent = _arrivals(rng, visits, actions, part.as_of)
    happened, skewed = _with_skew(rng, actions, received, part.as_of)
    calls = TrackedCalls(part, people, visits, baskets)
    order = np.argsort(received, kind="stable")
    for source, wanted in (("web", False), ("app", True)):
        rows = order[visits.is_app[actions.visit[order]] == wanted]
        name = f"{source}/events{part.suffix}.jsonl"
        for start in range(0, len(rows), ROWS_AT_ONCE):
            some = rows[start : start + ROWS_AT_ONCE]
            lines = calls.lines(actions, some, happened[some], sent[some], received[some])
            files.jsonl(name, rng, lines, "timestamp")
        skew = int(np.isin(rows, skewed).sum())
        if skew:
            files.counts[name].odd["future_timestamp"] = skew


def _with_skew(rng: np.random.Generator, actions: Actions, received: Ints, as_of: int) -> tuple[Ints, Ints]:
    """(times, rows with a device clock two days ahead): a few of the newest calls then lie in the future."""
    newest = np.nonzero(actions.at > as_of - 36 * HOUR)[0]
    skewed = rng.choice(newest, min(2, len(newest)), replace=False)
    happened = actions.at.copy()
    happened[skewed] = received[skewed] + 2 * DAY
    return happened, skewed


def _arrivals(rng: np.random.Generator, visits: Visits, actions: Actions, as_of: int) -> tuple[Ints, Ints]:
    """(received, sent): seconds after the event; for 1 % of the visits days later, in the app for 5 %."""
    count = len(actions.at)
    sent = actions.at + rng.integers(5, 1200, count)
    is_late = rng.random(visits.size) < np.where(visits.is_app, 0.05, 0.01)
    delay = np.where(is_late, (rng.uniform(0.3, 6, visits.size) * DAY).astype(np.int64), 0)
    sent = np.where(is_late[actions.visit], awake(sent + delay[actions.visit]), sent)
    sent = np.where(sent > as_of - 4 * HOUR, actions.at + 900, sent)
    return sent + rng.integers(20, 4 * SECOND, count), sent
