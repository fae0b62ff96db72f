"""CPU seconds, wall seconds and peak memory of one command in a process of its own."""

import os
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

QUERY = """
import sys, duckdb
with duckdb.connect(sys.argv[1]) as connection:
    connection.execute("set enable_progress_bar = false")
    for statement in sys.argv[2:]:
        rows = connection.execute(statement).fetchall()
print(rows[0][0] if rows else "")
"""


@dataclass(frozen=True)
class Measured:
    """What one process cost, with the children it waited for; `peak_gb` is the largest resident set of any of them."""

    cpu: float
    wall: float
    peak_gb: float

    def as_dict(self) -> dict[str, float]:
        return {name: round(value, 3) for name, value in asdict(self).items()}


def measured(
    command: Sequence[str], log: Path, env: Mapping[str, str] | None = None, cwd: Path | None = None
) -> Measured:
    """Run the command to its end; its output goes to `log`. Raises SystemExit when it fails.

    The caller must be small: Linux counts the memory of the process that forks as a peak of the one that is forked.
    """
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("w") as output:
        began = time.perf_counter()
        process = subprocess.Popen(
            command, stdout=output, stderr=subprocess.STDOUT, env={**os.environ, **(env or {})}, cwd=cwd
        )
        _, status, usage = os.wait4(process.pid, 0)
        wall = time.perf_counter() - began
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit(f"failed ({process.returncode}): {' '.join(command)}\n{log.read_text()[-4000:]}")
    return Measured(usage.ru_utime + usage.ru_stime, wall, usage.ru_maxrss / 1024**2)


def sql_in_own_process(database: str, *statements: str) -> str:
    """The first value of the last statement, as text; DuckDB's memory stays out of the caller's."""
    command = [sys.executable, "-c", QUERY, database, *statements]
    return subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout.strip()
