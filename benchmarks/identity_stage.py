"""The product's identity stage on a graph of links: a copy of the dbt project whose only source is a table."""

import json
import shutil
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml
from identity_run import SECONDS
from measured import Measured, measured, sql_in_own_process
from results import ROOT

NOT_COPIED = shutil.ignore_patterns("target", "logs", "staging", "segments", "activations", "profiles", "feedback")
SHAPE = "source, record_id, identifier_type, identifier_value, observed_at, loaded_at"
FEED = f"{{{{ config(materialized='view', access='protected') }}}}\nselect {SHAPE}\nfrom heddle.links\n"
SELECTION = (
    "--select",
    "path:models/identity",
    "path:seeds/identity_*",
    "--exclude-resource-type",
    "test",
    "unit_test",
)


@dataclass(frozen=True)
class Stage:
    """`folder` holds the copy of the project and its warehouse."""

    folder: Path

    @property
    def warehouse(self) -> Path:
        return self.folder / "warehouse.duckdb"

    @property
    def project(self) -> Path:
        return self.folder / "dbt_project"

    def load(self, links: Path, as_of: str) -> None:
        """Append the rows of the Parquet file to what the source gives, and set the clock."""
        self.sql(
            f"insert into heddle.links select {SHAPE} from read_parquet('{links}')",
            f"create or replace table heddle.clock as select timestamp '{as_of}' as as_of",
        )

    def block(self, identifier_type: str, value: str) -> None:
        """Add a value to the block list."""
        seed = self.project / "seeds" / "identity_block_list.csv"
        columns = seed.read_text().splitlines()[0].split(",")
        row = {"identifier_type": identifier_type, "match": "value", "value": value, "reason": "placeholder"}
        with seed.open("a") as file:
            file.write(",".join(row.get(column, "") for column in columns) + "\n")

    def run(self, name: str, *options: str) -> Measured:
        """Seeds and models of the stage, dbt's start included; parsing of what changed is, as on any run."""
        return self._dbt(name, "build", *SELECTION, *options)

    def prepare(self) -> None:
        """Parse the project and make the view over the links: not part of any measurement."""
        self._dbt("prepare", "run", "--select", "stg_fx__identifiers")

    def _dbt(self, name: str, *command: str) -> Measured:
        program = [sys.executable, str(ROOT / "benchmarks" / "identity_run.py"), str(self.folder), *command]
        return measured(program, self.folder / f"{name}.log")

    def model_seconds(self) -> dict[str, float]:
        """Wall seconds of each model in the last run, slowest first."""
        seconds = json.loads((self.folder / SECONDS).read_text())
        return dict(sorted(seconds.items(), key=lambda item: -item[1]))

    def last_run(self) -> dict[str, Any]:
        """The last row of identity_runs."""
        return dict(json.loads(self.sql("select to_json(r) from identity.identity_runs r order by seq desc limit 1")))

    def sql(self, *statements: str) -> str:
        """Run statements in a process of its own; returns the first value of the last one."""
        return sql_in_own_process(str(self.warehouse), *statements)


def make_stage(folder: Path) -> Stage:
    """A copy of the project with a warehouse that holds no link."""
    shutil.rmtree(folder, ignore_errors=True)
    stage = Stage(folder)
    shutil.copytree(ROOT / "dbt_project", stage.project, ignore=NOT_COPIED)
    models = stage.project / "models" / "staging" / "fixture"
    models.mkdir(parents=True)
    (models / "stg_fx__identifiers.sql").write_text(FEED)
    settings = stage.project / "dbt_project.yml"
    project = yaml.safe_load(settings.read_text())
    project["vars"]["feeds"] = {"fixture": {"fx": ["identifiers"]}}
    settings.write_text(yaml.safe_dump(project))
    types = "source varchar, record_id varchar, identifier_type varchar, identifier_value varchar"
    stage.sql(
        "create schema heddle",
        f"create table heddle.links ({types}, observed_at timestamp, loaded_at timestamp)",
        "create table heddle.clock (as_of timestamp)",
        "create table heddle.erasures (node bigint, erased_at timestamp, reason varchar)",
    )
    stage.prepare()
    return stage
