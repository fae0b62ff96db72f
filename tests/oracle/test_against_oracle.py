"""Random segments on random people: the compiled SQL finds whom a naive evaluator finds that shares no code with it."""

import os
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

import duckdb
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from naive_members import members
from naive_world import World
from random_segments import segments, written
from random_world import world_number
from smallest_world import Disagreement
from verdicts import compiled, found_by_sql
from world_tables import duckdb_of

CASES = int(os.environ.get("HEDDLE_TEST_SEGMENTS", "380"))
# Many segments share one world: loading it costs as much as thirty of them.
WORLDS = max(12, CASES // 40)


@lru_cache(maxsize=32)
def loaded(number: int) -> duckdb.DuckDBPyConnection:
    return duckdb_of(world_number(number))


@st.composite
def cases(draw: st.DrawFn) -> tuple[int, datetime, str]:
    """The number of a world, an instant, the text of a file."""
    number = draw(st.integers(0, WORLDS - 1))
    world = world_number(number)
    as_of = world.as_of - draw(st.sampled_from([timedelta(), timedelta(), timedelta(), timedelta(days=1)]))
    today = as_of.replace(tzinfo=UTC).astimezone(ZoneInfo(world.zone)).date()
    return number, as_of, written(draw(segments(today)))


@given(cases())
@settings(max_examples=CASES, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
def test_compiled_sql_finds_whom_the_oracle_finds(case: tuple[int, datetime, str]) -> None:
    number, as_of, text = case
    world: World = world_number(number)
    found = found_by_sql(loaded(number), compiled(text, world.zone, as_of))
    if sorted(found) != sorted(members(text, world, as_of)):
        raise Disagreement(text, world, as_of)
