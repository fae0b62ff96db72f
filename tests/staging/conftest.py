"""A small demo company, loaded and staged once for the tests of this folder."""

import shutil
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from heddle.demo.generate import generate
from heddle.ingestion import declared_tables, ingest
from heddle.settings import Settings
from heddle.transform import NodeResult, run_dbt, set_clock
from heddle.warehouse import open_warehouse

ROOT = Path(__file__).parents[2]
LATER_STAGES = ("identity", "profiles", "segments", "activations", "feedback")
NOT_COPIED = shutil.ignore_patterns(*LATER_STAGES, "seeds", "target", "logs")


def staging_project(folder: Path) -> Path:
    """A root whose dbt project is ours up to staging: what comes later is not parsed, nor needed."""
    shutil.copytree(ROOT / "dbt_project", folder / "dbt_project", ignore=NOT_COPIED)
    for path in (folder / "dbt_project/tests").iterdir():
        if path.name != "generic":
            shutil.rmtree(path) if path.is_dir() else path.unlink()
    return folder


class Staged:
    """The company's settings, what dbt said, and a way to ask."""

    def __init__(self, settings: Settings, as_of: datetime) -> None:
        self.settings = settings
        self.as_of = as_of
        self.results: list[NodeResult] = []

    def load(self) -> None:
        with open_warehouse(self.settings) as warehouse:
            set_clock(warehouse, self.as_of)
            for table in declared_tables(self.settings):
                ingest(warehouse, self.settings, table)

    def build(self) -> None:
        self.results = run_dbt(self.settings, ["build"])

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        with open_warehouse(self.settings, read_only=True) as warehouse:
            return [tuple(row.values()) for row in warehouse.query(sql).to_pylist()]


@pytest.fixture(scope="session")
def staged(tmp_path_factory: pytest.TempPathFactory) -> Staged:
    folder = tmp_path_factory.mktemp("staged")
    generate(folder / "data" / "demo", people=300, seed=7)
    settings = Settings.load(
        root=staging_project(folder), data=folder / "data", state=folder / "state", sources=("demo",)
    )
    company = Staged(settings, datetime.fromisoformat("2026-06-15T04:30:00"))
    company.load()
    company.build()
    return company
