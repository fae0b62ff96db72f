"""A repository with two syncs and a few people, in a warehouse of its own."""

import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

sys.path.append(str(Path(__file__).parents[1] / "activations"))
sys.path.append(str(Path(__file__).parents[1] / "identity_cli"))
from fake_destination import FakeConnector
from small_identity import publish_people
from sync_shop import FILES, Shop
from sync_workspace import MESSAGES, Workspace

from activations.registry import CONNECTORS
from heddle.cli import terminal
from heddle.settings import Settings


@pytest.fixture
def shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Shop]:
    monkeypatch.setitem(CONNECTORS, "fake", FakeConnector)
    monkeypatch.setattr(FakeConnector, "decide", staticmethod(lambda batch, i: None))
    for name in ("WAREHOUSE", "DATA", "TIME_ZONE"):
        monkeypatch.delenv(f"HEDDLE_{name}", raising=False)
    said = {"ROOT": tmp_path, "STATE": tmp_path / "state", "SOURCES": "demo", "AS_OF": "2026-06-15T04:30"}
    for name, value in said.items():
        monkeypatch.setenv(f"HEDDLE_{name}", str(value))
    monkeypatch.setattr(terminal.out, "_width", 160)
    made = Workspace(tmp_path)
    (tmp_path / "state").mkdir()
    (tmp_path / "dbt_project/models/staging/demo").mkdir(parents=True)
    settings = Settings.load()
    publish_people(settings)
    shutil.copy(settings.published_path, settings.warehouse_path)
    made.write("destinations.yml", "files: {type: files}\nfake: {type: fake}\n")
    made.write("syncs/demo/people.yml", FILES)
    made.write("syncs/demo/mails.yml", MESSAGES)
    shop = Shop(made)
    shop.people("p1", "p2", "p3")
    yield shop
