"""Our dbt project with a handful of rows for staging: the later stages run for real, on a file of their own."""

import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import yaml

from activations.ledger import DDL
from heddle.rare_collections import rare_collections
from heddle.settings import Settings
from heddle.transform.invoke import invoke_dbt

ROOT = Path(__file__).parents[2]
NOT_COPIED = shutil.ignore_patterns("target", "logs", "staging", "segments", "activations")

FAILED = ("error", "fail", "runtime error", "skipped", "partial success")
Row = Sequence[object]
Shapes = Mapping[str, Sequence[Row]]

LOADED = "2026-06-15 04:00:00"  # when rows of `identifiers` that do not say so were loaded


@dataclass(frozen=True)
class ShapesProject:
    """`folder` holds the copy of the project and its warehouse."""

    folder: Path

    @property
    def warehouse(self) -> Path:
        return self.folder / "warehouse.duckdb"

    def stage(self, shapes: Shapes) -> None:
        """Replace what the one source `fx` gives."""
        models = self.folder / "dbt_project/models/staging/fixture"
        shutil.rmtree(models, ignore_errors=True)
        models.mkdir(parents=True)
        for shape, rows in shapes.items():
            (models / f"stg_fx__{shape}.sql").write_text(shape_model(shape, rows))
        settings = self.folder / "dbt_project/dbt_project.yml"
        project = yaml.safe_load(settings.read_text())
        project["vars"]["feeds"] = {"fixture": {"fx": list(shapes)}}
        settings.write_text(yaml.safe_dump(project))

    def dbt(self, verb: str, as_of: str, *options: str) -> dict[str, Any]:
        """Run one dbt command over the stages after staging: what dbt says of each node, also of one that failed.

        In this process, which has imported dbt; the instant comes from the clock, not from a variable: a changed
        variable makes dbt parse all again.
        """
        self.execute(f"create or replace table heddle.clock as select timestamp '{as_of}' as as_of")
        settings = Settings.load(
            root=self.folder, warehouse_path=self.warehouse, state=self.folder / "state", sources="fixture"
        )
        with rare_collections():
            done = invoke_dbt(settings, [verb, "--no-write-json", *options])
        return {outcome.node.name: outcome for outcome in done.result.results}

    def well(self, verb: str, as_of: str, *options: str) -> None:
        """Run one dbt command in which nothing may fail."""
        failed = {name: said.message for name, said in self.dbt(verb, as_of, *options).items() if said.status in FAILED}
        assert not failed

    def build(self, shapes: Shapes, as_of: str, *options: str) -> None:
        """Stage the rows and build every stage with its tests."""
        self.stage(shapes)
        self.well("build", as_of, *options)

    def execute(self, sql: str) -> None:
        with duckdb.connect(str(self.warehouse)) as connection:
            connection.execute(sql)

    def rows(self, sql: str) -> list[tuple[object, ...]]:
        with duckdb.connect(str(self.warehouse), read_only=True) as connection:
            return connection.execute(sql).fetchall()


def make_project(folder: Path) -> ShapesProject:
    """A copy of the project without its staging, and the empty tables of the activation engine."""
    shutil.copytree(ROOT / "dbt_project", folder / "dbt_project", ignore=NOT_COPIED)
    project = ShapesProject(folder)
    with duckdb.connect(str(project.warehouse)) as connection:
        for statement in ("create schema heddle", *DDL):
            connection.execute(statement)
    return project


def shape_model(shape: str, rows: Sequence[Row]) -> str:
    """A model that gives the rows with the names and types of the shape."""
    given = [with_loaded_at(row) for row in rows] if shape == "identifiers" else rows
    values = ",\n    ".join(f"({', '.join(map(literal, row))})" for row in given)
    columns = "{{ shape_columns('" + shape + "').keys() | join(', ') }}"
    casts = "{% for name, type in shape_columns('" + shape + "').items() %}cast({{ name }} as {{ type }}) as {{ name }}"
    comma = "{{ ', ' if not loop.last }}{% endfor %}"
    access = "{{ config(access='protected') }}"
    return f"{access}\nselect {casts}{comma}\nfrom (values\n    {values}\n) as given ({columns})\n"


def with_loaded_at(row: Row) -> Row:
    return row if len(row) == 6 else (*row, LOADED)


def literal(value: object) -> str:
    if value is None:
        return "null"
    return "'" + str(value).replace("'", "''") + "'"
