"""The command line on a few people: `ask` gives what was printed, in 100 columns."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from small_identity import publish_people
from typer.testing import CliRunner

from heddle.cli import terminal
from heddle.cli.main import app
from heddle.settings import Settings

Ask = Callable[..., str]
MARKS = """
models:
  - name: profiles
    columns:
      - {name: first_name, config: {meta: {pii: true}}}
      - {name: email, meta: {pii: true}}
      - {name: birth_date, config: {meta: {pii: true, trait: {title: Birth date}}}}
      - {name: city, config: {meta: {trait: {title: City}}}}
      - {name: is_employee}
      - {name: orders_count, description: Orders}
      - {name: lifetime_value}
      - {name: last_seen_at}
"""
# the end of the first file's last line is missing, its lines end as on Windows: both are kept as they are
BLOCKED = (
    "identifier_type,match,value,reason,origin\r\n"
    "*,value,n/a,placeholder,empty fields\r\n"
    "phone,value,+48111111111,placeholder,demo"
)
OVERRIDES = (
    "kind,left_type,left_value,right_type,right_value,who,why,decided_at\n"
    "never_link,email,gus@x.pl,email,fay@x.pl,maria,two sisters,2026-02-01\n"
)


@pytest.fixture(scope="session")
def published(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("people")
    (root / "dbt_project" / "seeds").mkdir(parents=True)
    settings = Settings.load(root, state=root / "state", sources="demo")
    publish_people(settings)
    models = root / "dbt_project" / "models" / "profiles"
    models.mkdir(parents=True)
    (models / "profiles.yml").write_text(MARKS)
    return root


@pytest.fixture
def workspace(published: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in ("HEDDLE_WAREHOUSE", "HEDDLE_SOURCES", "HEDDLE_DATA"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HEDDLE_ROOT", str(published))
    monkeypatch.setenv("HEDDLE_STATE", str(published / "state"))
    monkeypatch.setattr(terminal.out, "_width", 100)
    seeds = published / "dbt_project" / "seeds"
    (seeds / "identity_block_list.csv").write_bytes(BLOCKED.encode())
    (seeds / "identity_overrides.csv").write_bytes(OVERRIDES.encode())
    return published


@pytest.fixture
def ask(workspace: Path) -> Ask:
    def run(*words: str, fails: bool = False, typed: str | None = None) -> str:
        done = CliRunner().invoke(app, list(words), input=typed)
        if done.exception is not None and not isinstance(done.exception, SystemExit):
            assert fails, done.exception
            return str(done.exception)
        assert fails == (done.exit_code != 0), done.output
        return done.output

    return run


@pytest.fixture
def ask_json(ask: Ask) -> Callable[..., Any]:
    return lambda *words: json.loads(ask(*words, "--json"))
