"""A repository with nothing in it but a data folder, and a warehouse that is open."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from heddle.settings import Settings
from heddle.warehouse import Warehouse, open_warehouse, prepare_warehouse


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    (tmp_path / "dbt_project" / "models" / "staging" / "demo").mkdir(parents=True)
    (tmp_path / "data").mkdir()
    state = tmp_path / "state"
    return Settings.load(tmp_path, data=tmp_path / "data", state=state, threads=2, sources="demo")


@pytest.fixture
def warehouse(settings: Settings) -> Iterator[Warehouse]:
    with open_warehouse(settings) as opened:
        prepare_warehouse(opened)
        yield opened
