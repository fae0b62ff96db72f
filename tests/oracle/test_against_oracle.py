"""Random segments on random people: the compiled SQL finds whom a naive evaluator finds that shares no code with it."""

import os
from collections import Counter
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from random import Random
from zoneinfo import ZoneInfo

import duckdb
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from naive_members import members, members_of
from naive_world import World
from random_segments import Segments, written
from random_world import world_number
from smallest_world import Disagreement
from verdicts import compiled, found_by_sql
from world_tables import duckdb_of

CASES = int(os.environ.get("HEDDLE_TEST_SEGMENTS", "380"))
# Many segments share one world: loading it costs as much as thirty of them.
WORLDS = max(24, CASES // 40)
FEW = 25


@lru_cache(maxsize=32)
def loaded(number: int) -> duckdb.DuckDBPyConnection:
    return duckdb_of(world_number(number))


def case(seed: int) -> tuple[int, datetime, str]:
    """The number of a world, an instant, the text of a file that finds some of its first people, mostly."""
    random = Random(seed)
    number = random.randrange(WORLDS)
    world = world_number(number)
    as_of = world.as_of - random.choice([timedelta(), timedelta(), timedelta(), timedelta(days=1)])
    today = as_of.replace(tzinfo=UTC).astimezone(ZoneInfo(world.zone)).date()
    few = world.with_people(world.people[:FEW])
    segment = Segments(random, today).telling(lambda found: members_of(found, few, as_of))
    return number, as_of, written(segment)


# Hypothesis makes nothing smaller: the seed is a number like any other, and Disagreement does it.
@given(st.integers(0, 2**62))
@settings(
    max_examples=CASES,
    deadline=None,
    derandomize=True,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
)
def test_compiled_sql_finds_whom_the_oracle_finds(seed: int) -> None:
    number, as_of, text = case(seed)
    world: World = world_number(number)
    found = found_by_sql(loaded(number), compiled(text, world.zone, as_of))
    if sorted(found) != sorted(members(text, world, as_of)):
        raise Disagreement(text, world, as_of)


def test_most_segments_show_something() -> None:
    """Who finds nobody or everybody agrees with many a wrong compiler; some do, for that is a boundary too."""
    found = Counter(shows(*case(seed)) for seed in range(200))
    assert 2 <= found["nobody"] <= 30 and found["everybody"] <= 30, found


def shows(number: int, as_of: datetime, text: str) -> str:
    world = world_number(number)
    people = {who for who, _ in members(text, world, as_of)}
    return "nobody" if not people else "everybody" if len(people) == len(world.people) else "some"
