from collections.abc import Iterator
from pathlib import Path

import pytest
from fake_destination import FakeConnector
from sync_workspace import Workspace

from activations.contract import Pending
from activations.registry import CONNECTORS
from activations.templates import Templates


@pytest.fixture(autouse=True)
def fake_destination(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setitem(CONNECTORS, "fake", FakeConnector)
    monkeypatch.setattr(FakeConnector, "decide", staticmethod(lambda batch, i: None))
    monkeypatch.setattr(FakeConnector, "before", staticmethod(lambda: None))
    monkeypatch.setattr(FakeConnector, "lost", None)
    monkeypatch.setattr(FakeConnector, "answer", staticmethod(lambda receipt, batch: Pending()))
    monkeypatch.setattr(FakeConnector, "made", {})
    yield


@pytest.fixture
def workspace(tmp_path: Path) -> Iterator[Workspace]:
    with Workspace(tmp_path).opened() as ready:
        yield ready


@pytest.fixture
def templates(tmp_path: Path) -> Templates:
    (tmp_path / "templates").mkdir()
    return Templates(tmp_path / "templates")
