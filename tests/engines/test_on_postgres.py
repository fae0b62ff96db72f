"""The identity stage on Postgres gives what it gives on DuckDB: people, ids, what is withheld, what moved and why."""

from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest
from engine import Engine
from postgres_cluster import needs_postgres, postgres_cluster
from same_story import assert_known_nodes, assert_same_people, duckdb, told_to_both
from story import SPANS, Snapshot

pytestmark = needs_postgres
Chapters = list[tuple[Snapshot, Snapshot]]


@pytest.fixture(scope="module")
def postgres(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    with postgres_cluster() as address:
        server = urlsplit(address)
        places = {"HOST": server.hostname, "PORT": server.port, "USER": server.username, "DATABASE": server.path[1:]}
        environment = {f"HEDDLE_POSTGRES_{name}": str(place) for name, place in places.items()}
        with Engine("postgres", tmp_path_factory.mktemp("postgres"), environment) as engine:
            yield engine


@pytest.fixture(scope="module")
def chapters(postgres: Engine, tmp_path_factory: pytest.TempPathFactory) -> Chapters:
    with duckdb(tmp_path_factory.mktemp("duckdb")) as reference:
        return told_to_both(reference, postgres)


def test_the_first_run_makes_the_same_people_with_the_same_ids(chapters: Chapters) -> None:
    reference, other = chapters[0]
    assert_known_nodes(other)
    assert_same_people(reference, other)
    assert other.ids == reference.ids
    assert max(map(len, other.profiles)) > 100


def test_a_second_run_changes_the_stored_tables_in_the_same_way(chapters: Chapters) -> None:
    reference, other = chapters[1]
    assert other.mode == reference.mode == "incremental"
    assert_same_people(reference, other)
    assert other.ids == reference.ids
    assert other.moves == reference.moves
    assert {change for change, *_ in other.moves} >= {"merge"}


def test_a_stricter_guard_takes_the_same_people_apart(chapters: Chapters) -> None:
    reference, other = chapters[2]
    assert other.mode == reference.mode == "incremental"
    assert_same_people(reference, other)
    assert other.ids == reference.ids
    assert other.moves == reference.moves
    assert {change for change, *_ in other.moves} >= {"merge", "split"}
    assert ("push_token:star-3", "block_list") in {(name, guard) for name, guard, _ in other.guards}


def test_the_spans_of_events_are_built_as_on_duckdb(chapters: Chapters) -> None:
    assert all(reference.spans == other.spans == SPANS for reference, other in chapters)


def test_the_tests_of_the_stage_hold(chapters: Chapters, postgres: Engine) -> None:
    postgres.dbt("test")
