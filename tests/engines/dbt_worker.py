"""A process that runs dbt commands, so that dbt and Spark start once: JSON lines in and out (arguments, answers).

It runs in the environment that has the adapter, and imports nothing but dbt. What others print goes to stderr.
"""

import json
import os
import sys
from typing import Any

from dbt.cli.main import dbtRunner

QUIET = ["--no-use-colors", "--log-level=none", "--log-level-file=none", "--no-print", "--no-write-json"]


class Dbt:
    """Parses the project once: of the seeds, which change from command to command, a manifest holds the place only."""

    def __init__(self) -> None:
        self._manifest: Any = None

    def answer(self, arguments: list[str]) -> dict[str, Any]:
        """`failures`: what went wrong, node by node; `rows`: the table of a `show`, every value as text."""
        done = dbtRunner(manifest=self._manifest).invoke([*QUIET, *arguments])
        if arguments[0] == "parse":
            self._manifest = done.result
        return described(arguments[0], done)


def described(verb: str, done: Any) -> dict[str, Any]:
    results = getattr(done.result, "results", [])
    failures = [f"{r.node.name}: {r.message}" for r in results if str(r.status) in ("error", "fail", "runtime error")]
    if done.exception is not None:
        failures.append(str(done.exception))
    rows: list[list[str]] = []
    if verb == "show" and results and results[0].agate_table is not None:
        rows = [[str(value) for value in row] for row in results[0].agate_table.rows]
    return {"failures": failures, "rows": rows}


def let_go_of_the_file() -> None:
    """The profile keeps a DuckDB file open between nodes; the test wants to read it."""
    if "dbt.adapters.duckdb.connections" in sys.modules:
        from dbt.adapters.duckdb.connections import DuckDBConnectionManager

        DuckDBConnectionManager.close_all_connections()


def main() -> None:
    with os.fdopen(os.dup(1), "w") as answers:
        os.dup2(2, 1)
        dbt = Dbt()
        for line in sys.stdin:
            found = dbt.answer(json.loads(line))
            let_go_of_the_file()
            answers.write(json.dumps(found) + "\n")
            answers.flush()


if __name__ == "__main__":
    main()
