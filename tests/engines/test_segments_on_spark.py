"""Every golden case of the segment compiler, executed on Spark: the members found by hand, as on DuckDB and Postgres.

`make test-spark` makes the environment that this needs; `make test` passes this module by.
"""

import json
import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from segment_cases import CASES, expected, golden_sql
from small_world import named, world

PYTHON = os.environ.get("HEDDLE_SPARK_PYTHON", "")
WORKER = Path(__file__).with_name("spark_worker.py")
pytestmark = [
    pytest.mark.skipif(not PYTHON, reason="Spark has an environment of its own: make test-spark"),
    pytest.mark.skipif(bool(PYTHON) and not shutil.which("java"), reason="no Java here, which Spark runs on"),
]
Ask = Callable[[dict[str, Any]], list[list[str]]]


@pytest.fixture(scope="module")
def ask(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ask]:
    folder = tmp_path_factory.mktemp("spark")
    environment = {
        **os.environ,
        "HEDDLE_SPARK_FOLDER": str(folder / "warehouse"),
        "SPARK_LOCAL_IP": "127.0.0.1",
        "JAVA_TOOL_OPTIONS": "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC",
    }
    with (folder / "worker.log").open("w") as log:
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": log, "text": True}
        worker = subprocess.Popen([PYTHON, WORKER], cwd=folder, env=environment, **pipes)

        def asked(question: dict[str, Any]) -> list[list[str]]:
            worker.stdin.write(json.dumps(question, default=str) + "\n")
            worker.stdin.flush()
            line = worker.stdout.readline()
            assert line, (folder / "worker.log").read_text()[-3000:]
            found = json.loads(line)
            assert "error" not in found, found["error"]
            return found["rows"]  # type: ignore[no-any-return]

        for table in tables():
            asked(table)
        yield asked
        worker.stdin.close()
        worker.wait(timeout=60)
        worker.stdout.close()


def tables() -> Iterator[dict[str, Any]]:
    """The small world, table by table; a view as what it holds."""
    with world() as connection:
        views = "select schema_name || '.' || view_name from duckdb_views() where not internal"
        every = f"select schema_name || '.' || table_name from duckdb_tables() union all {views} order by 1"
        for (name,) in connection.execute(every).fetchall():
            columns = [row[:2] for row in connection.execute(f"describe {name}").fetchall()]
            yield {"table": name, "columns": columns, "rows": connection.execute(f"from {name}").fetchall()}


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.stem)
def test_the_members_of_a_golden_case(case: Path, ask: Ask) -> None:
    assert named(ask({"sql": golden_sql(case, "spark")})) == expected(case)
