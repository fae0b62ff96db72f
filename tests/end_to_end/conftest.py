"""A repository checkout as the tests use it: the real project, a state folder and data of the test's own."""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import pytest

from heddle.settings import Settings
from heddle.warehouse import Warehouse, open_warehouse

ROOT = Path(__file__).parents[2]
HEDDLE = [sys.executable, "-m", "heddle.cli"]


class Shop:
    """One company on one state folder; `heddle(...)` runs the command line against it as a person would."""

    def __init__(self, folder: Path, sources: str = "demo", data: Path | None = None) -> None:
        self.folder = folder
        self.data = data or folder / "data"
        self.state = folder / "state"
        self.env = {
            **os.environ,
            "HEDDLE_ROOT": str(ROOT),
            "HEDDLE_DATA": str(self.data),
            "HEDDLE_STATE": str(self.state),
            "HEDDLE_SOURCES": sources,
            "HEDDLE_DAGSTER": str(folder / "dagster"),
            "HEDDLE_PORT_OFFSET": str(10_000 + os.getpid() % 20_000),
            "NO_COLOR": "1",
            "COLUMNS": "200",
        }
        self.sources = tuple(sources.split(","))

    def heddle(self, *args: str, check: bool = True, **env: str) -> subprocess.CompletedProcess[str]:
        """Run a verb; the output is kept, and shown when it failed though it should not."""
        done = subprocess.run(
            [*HEDDLE, *args],
            env={**self.env, **env},
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=False,
            timeout=600,
        )
        assert not check or done.returncode == 0, f"heddle {' '.join(args)}\n{done.stdout}\n{done.stderr}"
        return done

    def start(self, *args: str, **env: str) -> subprocess.Popen[str]:
        """Start a verb in a process group of its own and return at once."""
        return subprocess.Popen(
            [*HEDDLE, *args], env={**self.env, **env}, cwd=ROOT, text=True, start_new_session=True,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        )  # fmt: skip

    @property
    def settings(self) -> Settings:
        return Settings.load(root=ROOT, data=self.data, state=self.state, sources=self.sources)

    @contextmanager
    def warehouse(self) -> Iterator[Warehouse]:
        with open_warehouse(self.settings, read_only=True) as wh:
            yield wh

    def rows(self, sql: str) -> list[tuple[object, ...]]:
        with self.warehouse() as wh:
            return [tuple(row.values()) for row in wh.query(sql).to_pylist()]


@pytest.fixture
def make_shop(tmp_path: Path) -> Callable[..., Shop]:
    def make(sources: str = "demo", data: Path | None = None) -> Shop:
        return Shop(tmp_path, sources, data)

    return make


def contents(shop: Shop, tables: Mapping[str, str]) -> dict[str, list[tuple[object, ...]]]:
    """The rows of some tables, each in a stated order, for comparing the end states of two runs."""
    return {table: shop.rows(f"select {columns} from {table} order by all") for table, columns in tables.items()}
