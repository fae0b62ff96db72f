"""The hand-written world of tests/segments, published, in a repository with a few segment files; `ask` runs the CLI."""

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

sys.path.insert(0, str(Path(__file__).parents[1] / "segments"))
from published_world import make_root

from heddle.cli import terminal
from heddle.cli.main import app
from heddle.errors import HeddleError

Ask = Callable[..., str]


@pytest.fixture(scope="session")
def published(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The root of a repository whose published copy holds the world; read only."""
    return make_root(tmp_path_factory.mktemp("world"))


@pytest.fixture
def workspace(published: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in ("HEDDLE_WAREHOUSE", "HEDDLE_DATA", "HEDDLE_AS_OF", "HEDDLE_TIME_ZONE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HEDDLE_ROOT", str(published))
    monkeypatch.setenv("HEDDLE_STATE", str(published / "state"))
    monkeypatch.setenv("HEDDLE_SOURCES", "fixture")
    monkeypatch.setattr(terminal.out, "_width", 100)
    return published


@pytest.fixture
def ask(workspace: Path) -> Ask:
    """Words of `heddle segments ...` -> what was printed, the text of the error when it fails."""

    def run(*words: str, fails: bool = False) -> str:
        done = CliRunner().invoke(app, ["segments", *words])
        if isinstance(done.exception, HeddleError):
            assert fails, done.exception
            return str(done.exception)
        assert done.exception is None or isinstance(done.exception, SystemExit), done.exception
        assert fails == (done.exit_code != 0), done.output
        return done.output

    return run


@pytest.fixture
def ask_json(ask: Ask) -> Callable[..., Any]:
    return lambda *words, **how: json.loads(ask(*words, "--json", **how))
