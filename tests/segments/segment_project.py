"""A small repository: segment files, the catalog, and a dbt project whose profiles stage is the hand-written world."""

import shutil
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import duckdb
from small_world import AS_OF, CATALOG_FOLDER, TABLES

from heddle.segments import WriteResult, write_models
from heddle.settings import Settings
from heddle.transform.invoke import invoke_dbt
from heddle.transform.prepare import parsed_project

ROOT = Path(__file__).parents[2]
MACROS = ("as_of.sql", "local_date.sql", "generate_schema_name.sql", "membership*.sql", "segment_members_at.sql")
STAND_INS = ("profiles", "profile_events", "profile_event_spans", "profile_children", "profile_reachability")
PROJECT = """
name: heddle
version: "1.0.0"
profile: heddle
flags: {send_anonymous_usage_stats: false, require_generic_test_arguments_property: true}
models:
  heddle:
    profiles: {+materialized: view}
    segments: {+schema: segments}
"""
PROFILE = """
heddle:
  target: duckdb
  outputs:
    duckdb:
      type: duckdb
      path: "{{ env_var('HEDDLE_WAREHOUSE') }}"
      threads: 2
      keep_open: false
      settings: {TimeZone: UTC, autoinstall_known_extensions: false}
"""
HEAD = "segment: {name}\ntitle: A test\n"
Row = tuple[object, ...]


@dataclass(frozen=True)
class SegmentProject:
    """One source group, `fixture`; segments are written, generated and run."""

    settings: Settings

    def write(self, name: str, body: str) -> None:
        """Saves a segment file: `body` is everything after the title."""
        path = self.settings.root / "segments_yaml" / "fixture" / f"{name}.yml"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(HEAD.format(name=name) + body, encoding="utf-8")

    def remove(self, name: str) -> None:
        (self.settings.root / "segments_yaml" / "fixture" / f"{name}.yml").unlink()

    def generate(self) -> WriteResult:
        return write_models(self.settings)

    def dbt(self, verb: str = "run", as_of: datetime = AS_OF, *options: str) -> dict[str, str]:
        """Generates, runs one dbt command at `as_of`, and gives the status of every node by name."""
        self.generate()
        self.execute("create schema if not exists heddle")
        self.execute("create or replace table heddle.clock as select ?::timestamp as as_of", [as_of])
        # parsed anew when a file has changed, as the product does
        done = invoke_dbt(self.settings, [verb, *options], manifest=parsed_project(self.settings))
        return {outcome.node.name: str(outcome.status) for outcome in done.result.results}

    def execute(self, sql: str, params: list[object] | None = None) -> None:
        with duckdb.connect(str(self.settings.warehouse_path)) as connection:
            connection.execute(sql, params or [])

    def rows(self, sql: str) -> list[Row]:
        with duckdb.connect(str(self.settings.warehouse_path)) as connection:
            return connection.execute(sql).fetchall()

    def stays(self, name: str) -> list[Row]:
        """(profile_id, member_key, entered_at, left_at) of a segment's table, sorted."""
        columns = "profile_id, member_key, entered_at, left_at"
        return self.rows(f"select {columns} from segments.segment_{name} order by all")

    def latest_run(self, name: str) -> Row:
        """(members, entered, left_count, previous, verdict, reason)"""
        columns = "members, entered, left_count, previous, verdict, reason"
        where = f"segment = '{name}' order by as_of desc limit 1"
        return self.rows(f"select {columns} from segments.segment_runs where {where}")[0]


def make_project(root: Path) -> SegmentProject:
    """The repository in `root`, its warehouse filled."""
    project = root / "dbt_project"
    profiles = project / "models" / "profiles"
    shutil.copytree(CATALOG_FOLDER, profiles)
    for name in STAND_INS:
        (profiles / f"{name}.sql").write_text(f"select * from profiles.{name}\n")
    shutil.copytree(
        ROOT / "dbt_project/models/segments", project / "models/segments", ignore=shutil.ignore_patterns("generated")
    )
    (project / "macros").mkdir()
    for pattern in MACROS:
        for macro in (ROOT / "dbt_project/macros").glob(pattern):
            shutil.copy(macro, project / "macros")
    (project / "dbt_project.yml").write_text(PROJECT)
    (project / "profiles.yml").write_text(PROFILE)
    made = SegmentProject(Settings.load(root=root, sources="fixture", warehouse_path=root / "w.duckdb", as_of=AS_OF))
    made.settings.state.mkdir(parents=True, exist_ok=True)
    with duckdb.connect(str(made.settings.warehouse_path)) as connection:
        connection.execute(TABLES.split("create table segments.")[0])
        connection.execute("delete from profiles.profile_events where occurred_at > ?", [AS_OF])
    return made
