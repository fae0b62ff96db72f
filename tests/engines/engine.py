"""The identity stage of our dbt project on one engine: a copy of the project whose only source is a seed."""

import csv
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).parents[2]
NOT_COPIED = shutil.ignore_patterns(
    "target",
    "logs",
    "staging",
    "segments",
    "activations",
    "feedback",
    "profiles",
    "profiles_*",
    "golden_*",
    "places.*",
    "lists",
)
WORKER = Path(__file__).with_name("dbt_worker.py")
SEEDS: dict[str, dict[str, Any]] = {
    "fx_identifiers": {
        "schema": "staging",
        "column_types": {
            **dict.fromkeys(("source", "record_id", "identifier_type", "identifier_value"), "varchar"),
            **dict.fromkeys(("observed_at", "loaded_at"), "timestamp"),
        },
    },
    "fx_events": {
        "schema": "staging",
        "column_types": {"profile_id": "varchar", "event": "varchar", "occurred_at": "timestamp"},
    },
    "clock": {"schema": "heddle", "column_types": {"as_of": "timestamp"}},
    "erasures": {
        "schema": "heddle",
        "column_types": {"node": "bigint", "erased_at": "timestamp", "reason": "varchar"},
    },
}
STAGING = """{{ config(access='protected') }}
select {% for name, type in shape_columns('identifiers').items() %}
    cast({{ name }} as {{ type }}) as {{ name }}{{ ',' if not loop.last }}{% endfor %}
from {{ ref('fx_identifiers') }}
"""
EVENTS = "select profile_id, event, occurred_at from {{ ref('fx_events') }}\n"

Row = Sequence[object]


@dataclass
class Engine:
    """`name` is a target of profiles.yml, `environment` says where it is, `python` has dbt with the adapter.

    `with` starts the process that runs the commands, and ends it.
    """

    name: str
    folder: Path
    environment: Mapping[str, str]
    python: str = sys.executable
    _open: ExitStack = field(default_factory=ExitStack)
    _worker: Any = None

    def __enter__(self) -> "Engine":
        project = self.folder / "dbt_project"
        if not project.exists():
            make_project(project)
        environment = {
            **os.environ,
            "HEDDLE_ROOT": str(ROOT),
            "HEDDLE_SOURCES": "fixture",
            "HEDDLE_TARGET": self.name,
            "DO_NOT_TRACK": "1",
            **self.environment,
        }
        log = self._open.enter_context((self.folder / "worker.log").open("a"))
        self._worker = subprocess.Popen(
            [self.python, WORKER],
            cwd=project,
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
        )
        return self

    def __exit__(self, *_: object) -> None:
        self._worker.stdin.close()
        self._worker.wait(timeout=60)
        self._worker.stdout.close()
        self._open.close()

    def dbt(self, *arguments: str) -> list[tuple[str, ...]]:
        """Runs one dbt command; gives the rows of a `show`. Raises AssertionError with what failed."""
        self._worker.stdin.write(json.dumps([*arguments, "--profiles-dir", "."]) + "\n")
        self._worker.stdin.flush()
        line = self._worker.stdout.readline()
        assert line, (self.folder / "worker.log").read_text()[-3000:]
        answer = json.loads(line)
        assert not answer["failures"], f"{self.name}: " + "\n".join(answer["failures"])
        return [tuple(row) for row in answer["rows"]]

    def rows(self, sql: str) -> list[tuple[str, ...]]:
        """Every value as text; nulls are 'None'."""
        return self.dbt("show", "--inline", sql, "--limit", "-1")

    def seed(self, name: str, rows: Sequence[Row]) -> None:
        """Replaces the rows of a seed of this test."""
        write_seed(self.folder / "dbt_project", name, rows)

    def add_to_seed(self, name: str, row: Mapping[str, str]) -> None:
        """One more row of a seed of the product; columns that are not given stay blank."""
        path = self.folder / f"dbt_project/seeds/{name}.csv"
        with path.open(newline="") as file:
            header = next(csv.reader(file))
        with path.open("a", newline="") as file:
            csv.writer(file, lineterminator="\n").writerow([row.get(column, "") for column in header])


def make_project(project: Path) -> None:
    """A copy of the project without the stages before and after identity, but for the spans of events; sightings and
    events come from seeds."""
    shutil.copytree(ROOT / "dbt_project", project, ignore=NOT_COPIED)
    (project / "models/staging").mkdir()
    (project / "models/staging/stg_fx__identifiers.sql").write_text(STAGING)
    add_spans(project / "models/profiles")
    settings = yaml.safe_load((project / "dbt_project.yml").read_text())
    settings["vars"]["feeds"] = {"fixture": {"fx": ["identifiers"]}}
    (project / "dbt_project.yml").write_text(yaml.safe_dump(settings))
    seeds = [{"name": name, "config": config} for name, config in SEEDS.items()]
    (project / "seeds/_fixture.yml").write_text(yaml.safe_dump({"version": 2, "seeds": seeds}))
    for name in SEEDS:
        write_seed(project, name, [])
    # the first rows of the product's lists: dbt writes seeds slowly, and one rule is like the other
    for path in (project / "seeds").glob("identity_*.csv"):
        path.write_text("".join(path.read_text().splitlines(keepends=True)[:60]))


def add_spans(models: Path) -> None:
    """The product's model of spans with its contract and its test, over events of a seed."""
    product = ROOT / "dbt_project/models/profiles"
    models.mkdir()
    shutil.copy(product / "profile_event_spans.sql", models)
    (models / "profile_events.sql").write_text(EVENTS)
    described = yaml.safe_load((product / "_profiles__models.yml").read_text())["models"]
    spans = [model for model in described if model["name"] == "profile_event_spans"]
    (models / "_spans.yml").write_text(yaml.safe_dump({"version": 2, "models": spans}))


def write_seed(project: Path, name: str, rows: Sequence[Row]) -> None:
    with (project / f"seeds/{name}.csv").open("w", newline="") as file:
        csv.writer(file, lineterminator="\n").writerows([tuple(SEEDS[name]["column_types"]), *rows])
