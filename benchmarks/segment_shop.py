"""The product's segments stage over the tables of segment_world.py, in a copy of the dbt project."""

import shutil
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import duckdb
import yaml
from results import ROOT
from segment_templates import Case

from heddle.segments import write_models
from heddle.settings import Settings
from heddle.transform import run_dbt

GROUP = "bench"
GIVEN = ("profiles", "profile_events", "profile_reachability", "profile_children", "profile_carts")
SPANS = "profile_event_spans"  # the one model of the stage that a refresh builds: its cost counts
MACROS = ("as_of.sql", "local_date.sql", "generate_schema_name.sql", "ordered_table.sql", "membership*.sql")
PROJECT: dict[str, Any] = {
    "name": "heddle",
    "version": "1.0.0",
    "config-version": 2,
    "profile": "heddle",
    "flags": {"send_anonymous_usage_stats": False, "require_generic_test_arguments_property": True},
    "models": {"heddle": {"profiles": {"+schema": "profiles"}, "segments": {"+schema": "segments"}}},
}


def settings_of(folder: Path, memory: str) -> Settings:
    """The repository in `folder`, with its warehouse beside it."""
    return Settings.load(
        root=folder,
        sources=GROUP,
        state=folder / "state",
        warehouse_path=folder / "warehouse.duckdb",
        time_zone="Europe/Warsaw",
        memory_limit=memory,
        threads=2,
    )


def make_shop(folder: Path, cases: Iterable[Case]) -> None:
    """The segments stage and its macros as they are, the catalog without its tests, the segment files."""
    project = folder / "dbt_project"
    for old in (project, folder / "segments_yaml", folder / "state"):
        shutil.rmtree(old, ignore_errors=True)
    left_out = shutil.ignore_patterns("generated")
    shutil.copytree(ROOT / "dbt_project/models/segments", project / "models/segments", ignore=left_out)
    (project / "macros").mkdir()
    for pattern in MACROS:
        for macro in (ROOT / "dbt_project/macros").glob(pattern):
            shutil.copy(macro, project / "macros")
    shutil.copy(ROOT / "dbt_project/profiles.yml", project)
    (project / "dbt_project.yml").write_text(yaml.safe_dump(PROJECT))
    _given(project / "models/profiles", _columns(folder / "warehouse.duckdb"))
    files = folder / "segments_yaml" / GROUP
    files.mkdir(parents=True)
    for case in cases:
        (files / f"{case.name}.yml").write_text(f"segment: {case.name}\ntitle: Case\n{case.yaml}\n")


def _columns(warehouse: Path) -> set[tuple[str, str]]:
    """(table, column) of the world, which has fewer traits than the catalog."""
    with duckdb.connect(str(warehouse), read_only=True) as connection:
        sql = "select table_name, column_name from information_schema.columns where table_schema = 'profiles'"
        return set(connection.execute(sql).fetchall())


def _given(folder: Path, columns: set[tuple[str, str]]) -> None:
    """Models that are never run, for their tables are there, and the spans. Their yml is the catalog."""
    folder.mkdir()
    read = yaml.safe_load((ROOT / "dbt_project/models/profiles/_profiles__models.yml").read_text())
    models = [model for model in read["models"] if model["name"] in (*GIVEN, SPANS)]
    shutil.copy(ROOT / f"dbt_project/models/profiles/{SPANS}.sql", folder)
    for model in models:
        if model["name"] == SPANS:
            model.pop("data_tests")
            continue
        (folder / f"{model['name']}.sql").write_text("select 1 as given\n")
        model.pop("data_tests", None)
        model["config"].pop("contract", None)
        known = [column for column in model.get("columns", []) if (model["name"], column["name"]) in columns]
        model["columns"] = known
        for column in known:
            column.pop("data_tests", None)
            column.pop("constraints", None)
    (folder / "_profiles__models.yml").write_text(yaml.safe_dump({"version": 2, "models": models}))


def refresh(settings: Settings) -> dict[str, float]:
    """The spans of all events, and every segment as `heddle run` does it: models written, built and tested.

    Wall seconds by node. Raises SystemExit when one fails.
    """
    write_models(settings)
    results = run_dbt(settings, ["build", "--select", SPANS, "path:models/segments"])
    failed = [f"{result.name}: {result.status} {result.message}" for result in results if not result.ok]
    if failed:
        raise SystemExit("\n".join(failed[:5]))
    return {result.name: result.seconds for result in results}
