"""A sequence against a search through all chains, on random events of two people."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import product

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from small_world import AS_OF, members, rule, world

EVENTS = {"a": "product_viewed", "b": "cart_updated", "c": "order_placed"}
CARTS = (None, "c1", "c2")
Event = tuple[str, str, datetime, str | None]
Step = tuple[str, str, int | None]

events = st.lists(
    st.tuples(
        st.sampled_from(["p1", "p2"]),
        st.sampled_from(list(EVENTS.values())),
        st.integers(0, 12).map(lambda minutes: AS_OF - timedelta(minutes=minutes - 1)),
        st.sampled_from(CARTS),
    ),
    max_size=14,
)
later_steps = st.lists(
    st.tuples(
        st.sampled_from(["then", "then_not"]), st.sampled_from(list(EVENTS.values())), st.none() | st.integers(1, 5)
    ),
    min_size=1,
    max_size=4,
)


@pytest.fixture(scope="module")
def connection() -> Iterator[duckdb.DuckDBPyConnection]:
    made = world()
    yield made
    made.close()


@given(events, st.sampled_from(list(EVENTS.values())), later_steps, st.booleans(), st.none() | st.integers(3, 9))
@settings(max_examples=60, deadline=None)
def test_a_sequence_is_any_chain_that_holds(
    connection: duckdb.DuckDBPyConnection,
    happened: list[Event],
    first: str,
    later: list[Step],
    same: bool,
    window: int | None,
) -> None:
    steps: list[Step] = [("did", first, None), *later]
    carrying = {"cart_updated", "order_placed"}
    same = same and all(event in carrying for word, event, _ in steps if word != "then_not")
    connection.execute("delete from profiles.profile_events")
    if happened:
        rows = ", ".join(["(?, ?, ?, ?)"] * len(happened))
        into = "insert into profiles.profile_events (profile_id, event, occurred_at, cart_id)"
        connection.execute(f"{into} values {rows}", [value for event in happened for value in event])
    found = members(connection, written(steps, same, window))
    expected = [person for person in ("p1", "p2") if any(chains(person, happened, steps, same, window))]
    assert found == expected


def written(steps: list[Step], same: bool, window: int | None) -> str:
    told = [f"{{{word}: {event}{f', within: {limit} minutes' if limit else ''}}}" for word, event, limit in steps]
    keys = f"{', same: cart_id' if same else ''}{f', within_last: {window} minutes' if window else ''}"
    return rule(f"{{sequence: [{', '.join(told)}]{keys}}}")


def chains(
    person: str, happened: list[Event], steps: list[Step], same: bool, window: int | None
) -> Iterator[tuple[Event, ...]]:
    """Every choice of one event per step that happens, tried one after the other."""
    own = [event for event in happened if event[0] == person and event[2] <= AS_OF]
    start = AS_OF - timedelta(minutes=window) if window else datetime.min  # noqa: DTZ901
    chosen = [[e for e in own if e[1] == name and e[2] > start] for word, name, _ in steps if word != "then_not"]
    for chain in product(*chosen):
        if holds(list(chain), own, steps, same):
            yield chain


def holds(chain: list[Event], own: list[Event], steps: list[Step], same: bool) -> bool:
    if same and (chain[0][3] is None or len({event[3] for event in chain}) > 1):
        return False
    place = 0
    for word, name, limit in steps[1:]:
        at = chain[place][2]
        end = at + timedelta(minutes=limit) if limit else None
        if word == "then":
            place += 1
            if not at < chain[place][2] or (end and chain[place][2] > end):
                return False
            continue
        last = place == len(chain) - 1
        until = end or (AS_OF if last else chain[place + 1][2] - timedelta(microseconds=1))
        if until > AS_OF:
            return False
        keyed = same and name != "product_viewed"
        if any(e[1] == name and at < e[2] <= until and (not keyed or e[3] == chain[0][3]) for e in own):
            return False
    return True
