"""A company on a repository of its own, run through the command line as a person would."""

import os
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from pathlib import Path

from heddle.settings import Settings
from heddle.transform.prepare import fingerprint
from heddle.warehouse import Warehouse, open_warehouse

ROOT = Path(__file__).parents[2]
HEDDLE = [sys.executable, "-m", "heddle.cli"]
MADE = shutil.ignore_patterns("target", "logs", "generated", "__pycache__", "*.py")


class Shop:
    """The project's files copied (definitions may be changed, ports are its own), state and data beside them."""

    def __init__(self, folder: Path, sources: str = "demo", data: Path | None = None) -> None:
        self.folder = folder
        self.root = folder / "repository"
        self.data = data or folder / "data"
        self.state = folder / "state"
        self.sources = tuple(sources.split(","))
        self.output = ""
        for name in ("dbt_project", "segments_yaml", "activations"):
            shutil.copytree(ROOT / name, self.root / name, ignore=MADE)
        shutil.copy(ROOT / "dagster.yaml", self.root)
        self._own_ports()
        self.env = {name: value for name, value in os.environ.items() if not name.startswith("HEDDLE_")} | {
            "HEDDLE_ROOT": str(self.root),
            "HEDDLE_DATA": str(self.data),
            "HEDDLE_STATE": str(self.state),
            "HEDDLE_SOURCES": sources,
            "NO_COLOR": "1",
            "PYTHONUNBUFFERED": "1",
        }

    def _own_ports(self) -> None:
        file = self.root / "activations" / "destinations.yml"
        text = file.read_text()
        for port in ("2525", "8025", "8030"):
            text = text.replace(port, str(free_port()))
        file.write_text(text)

    def knows_the_parse_of(self, other: "Shop") -> "Shop":
        """Takes over what another shop with the same files has parsed, which costs as much as reading them all again
        does otherwise; returns itself."""
        generated = Path("dbt_project/models/segments/generated")
        shutil.copytree(other.root / generated, self.root / generated, dirs_exist_ok=True)
        target = self.state / "target"
        target.mkdir(parents=True, exist_ok=True)
        for name in ("manifest.json", "partial_parse.msgpack"):
            shutil.copy(other.state / "target" / name, target)
        (target / "heddle_fingerprint").write_text(fingerprint(self.settings))
        return self

    def heddle(self, *args: str, check: bool = True) -> subprocess.CompletedProcess[str]:
        """Run a verb; the output is kept, and shown when it failed though it should not."""
        done = subprocess.run(
            [*HEDDLE, *args], env=self.env, cwd=self.root, capture_output=True, text=True, check=False, timeout=900
        )
        assert not check or done.returncode == 0, f"heddle {' '.join(args)}\n{done.stdout}\n{done.stderr}"
        return done

    def start(self, *args: str) -> subprocess.Popen[str]:
        """Start a verb and return at once; standard output and error are one stream."""
        return subprocess.Popen(
            [*HEDDLE, *args], env=self.env, cwd=self.root, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
        )

    @property
    def settings(self) -> Settings:
        return Settings.load(root=self.root, data=self.data, state=self.state, sources=self.sources)

    @contextmanager
    def warehouse(self) -> Iterator[Warehouse]:
        with open_warehouse(self.settings, read_only=True) as wh:
            yield wh

    def rows(self, sql: str) -> list[tuple[object, ...]]:
        with self.warehouse() as wh:
            return [tuple(row.values()) for row in wh.query(sql).to_pylist()]


def undisturbed_shop(folder: Path, people: int = 400) -> Shop:
    """A shop whose run nobody killed; no mail server listens, so the mail syncs fail and the rest is delivered."""
    shop = Shop(folder)
    shop.heddle("demo", "generate", "--people", str(people))
    done = shop.heddle("run", check=False)
    assert done.returncode == 1
    shop.output = done.stdout + done.stderr
    return shop


def free_port() -> int:
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def contents(shop: Shop, tables: Mapping[str, str]) -> dict[str, list[tuple[object, ...]]]:
    """The rows of some tables, each in a stated order, for comparing the end states of two runs."""
    return {table: shop.rows(f"select {columns} from {table} order by all") for table, columns in tables.items()}
