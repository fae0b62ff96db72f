"""Every golden case of the segment compiler, executed on Postgres: the members found by hand, as on DuckDB."""

from collections.abc import Iterator
from pathlib import Path

import psycopg2
import pytest
from postgres_cluster import needs_postgres, postgres_cluster
from segment_cases import CASES, expected, golden_sql
from small_world import TABLES, named

pytestmark = needs_postgres


@pytest.fixture(scope="module")
def cursor() -> Iterator["psycopg2.extensions.cursor"]:
    with postgres_cluster() as address:
        connection = psycopg2.connect(address)
        connection.autocommit = True
        with connection.cursor() as opened:
            opened.execute("set time zone 'UTC'")
            opened.execute(TABLES)
            yield opened
        connection.close()


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.stem)
def test_the_members_of_a_golden_case(case: Path, cursor: "psycopg2.extensions.cursor") -> None:
    cursor.execute(golden_sql(case, "postgres"))
    assert named(cursor.fetchall()) == expected(case)
