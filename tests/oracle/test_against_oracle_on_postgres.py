"""The same comparison on a second engine: what Postgres finds, the oracle finds."""

import os
from collections.abc import Iterator
from datetime import UTC, date
from random import Random
from zoneinfo import ZoneInfo

import psycopg2
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from naive_members import members, members_of
from naive_world import World
from postgres_cluster import needs_postgres, postgres_cluster
from random_segments import Segments, written
from random_world import world_number
from verdicts import compiled
from world_tables import load_into_postgres

pytestmark = needs_postgres
CASES = int(os.environ.get("HEDDLE_TEST_SEGMENTS", "380")) // 5
WORLDS = 4
FEW = 25


@pytest.fixture(scope="module")
def cursor() -> Iterator["psycopg2.extensions.cursor"]:
    with postgres_cluster() as address:
        connection = psycopg2.connect(address)
        connection.autocommit = True
        with connection.cursor() as opened:
            opened.execute("set time zone 'UTC'")
            yield opened
        connection.close()


def today(world: World) -> date:
    return world.as_of.replace(tzinfo=UTC).astimezone(ZoneInfo(world.zone)).date()


@pytest.mark.parametrize("number", range(WORLDS))
def test_postgres_finds_whom_the_oracle_finds(number: int, cursor: "psycopg2.extensions.cursor") -> None:
    world = world_number(number)
    load_into_postgres(cursor, world)

    few = world.with_people(world.people[:FEW])

    @given(st.integers(0, 2**62))
    @settings(max_examples=CASES // WORLDS, deadline=None, derandomize=True, phases=[Phase.explicit, Phase.generate])
    def compare(seed: int) -> None:
        made = Segments(Random(seed), today(world)).telling(lambda found: members_of(found, few, world.as_of))
        text = written(made)
        sql = compiled(text, world.zone, world.as_of, "postgres")
        cursor.execute(sql)
        found = sorted((row[0], row[1]) for row in cursor.fetchall())
        assert found == sorted(members(text, world, world.as_of)), f"\n{text}\nas_of {world.as_of}, {world.zone}\n{sql}"

    compare()
