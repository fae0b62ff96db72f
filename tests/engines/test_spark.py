"""The identity stage on Spark, without a server: every run is a full one there, and the people are those of DuckDB.

`make test-spark` makes the environment that this needs, because pyspark is large; `make test` passes this module by.
"""

import json
import os
import shutil
from collections.abc import Iterator

import pytest
from engine import Engine
from same_story import assert_known_nodes, assert_same_people, duckdb, told_to_both
from story import SPANS, Snapshot

PYTHON = os.environ.get("HEDDLE_SPARK_PYTHON", "")
pytestmark = [
    pytest.mark.skipif(not PYTHON, reason="Spark has an environment of its own: make test-spark"),
    pytest.mark.skipif(bool(PYTHON) and not shutil.which("java"), reason="no Java here, which Spark runs on"),
]
Chapters = list[tuple[Snapshot, Snapshot]]


@pytest.fixture(scope="module")
def spark(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    folder = tmp_path_factory.mktemp("spark")
    environment = {
        "HEDDLE_SPARK_FOLDER": str(folder / "spark"),
        "SPARK_LOCAL_IP": "127.0.0.1",
        "HEDDLE_THREADS": "1",
        # a few minutes of small statements: the compiler that optimises most costs more than it gives
        "JAVA_TOOL_OPTIONS": "-XX:TieredStopAtLevel=1 -XX:ReservedCodeCacheSize=240m -XX:+UseSerialGC",
    }
    with Engine("spark", folder, environment, PYTHON) as engine:
        yield engine


def killed_between_two_renames(engine: Engine) -> None:
    """Spark has no transactions: a table is made, the old one is renamed, the new one takes its name."""
    for name in ("identity_map", "identity_assignments"):
        rename = f"alter table identity.{name} rename to identity.{name}__dbt_backup"
        engine.dbt("run-operation", "run_query", "--args", json.dumps({"sql": rename}))


@pytest.fixture(scope="module")
def chapters(spark: Engine, tmp_path_factory: pytest.TempPathFactory) -> Chapters:
    with duckdb(tmp_path_factory.mktemp("duckdb")) as reference:
        return told_to_both(reference, spark, killed_between_two_renames)


def test_the_first_run_makes_the_same_people_with_the_same_ids(chapters: Chapters) -> None:
    reference, other = chapters[0]
    assert_known_nodes(other)
    assert_same_people(reference, other)
    assert other.ids == reference.ids


@pytest.mark.parametrize("chapter", [1, 2])
def test_full_runs_give_what_incremental_runs_give(chapters: Chapters, chapter: int) -> None:
    reference, other = chapters[chapter]
    assert (reference.mode, other.mode) == ("incremental", "full")
    assert_same_people(reference, other)
    assert other.ids == reference.ids
    assert other.moves == reference.moves


def test_the_spans_of_events_are_built_as_on_duckdb(chapters: Chapters) -> None:
    assert all(reference.spans == other.spans == SPANS for reference, other in chapters)


def test_the_tests_of_the_stage_hold(chapters: Chapters, spark: Engine) -> None:
    spark.dbt("test", "--exclude-resource-type", "unit_test")
