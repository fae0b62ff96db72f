"""The whole loop in miniature: two raw tables, six models, two segments, a sync to a file, through Dagster for real."""

import shutil
from collections.abc import Iterator
from contextlib import chdir, contextmanager
from dataclasses import dataclass
from pathlib import Path

import dagster as dg
import pytest

from heddle.settings import Settings
from heddle.warehouse import open_warehouse
from orchestration.run import run_job
from orchestration.run_report import RunReport

ROOT = Path(__file__).parents[2]
MACROS = ("as_of.sql", "local_date.sql", "generate_schema_name.sql", "membership*.sql")
PAYING = "activations/syncs/fixture/paying.yml"
FILES = {
    "dbt_project/dbt_project.yml": """
name: heddle
version: "1.0.0"
profile: heddle
flags: {send_anonymous_usage_stats: false, require_generic_test_arguments_property: true}
models:
  heddle:
    +materialized: table
    staging: {+schema: staging}
    profiles: {+schema: profiles}
    segments: {+schema: segments}
""",
    "dbt_project/models/staging/fixture/_fixture__sources.yml": """
sources:
  - name: shop
    tables:
      - name: people
        config: {meta: {load: {files: "people*.csv", format: csv, reject_limit: 0}}}
        columns: [{name: id}, {name: plan}]
""",
    "dbt_project/models/staging/fixture/stg_people.sql": "select id, plan from {{ source('shop', 'people') }}",
    "dbt_project/models/profiles/_profiles__models.yml": """
models:
  - name: profiles
    columns:
      - {name: profile_id, data_type: varchar}
      - {name: plan, data_type: varchar, config: {meta: {trait: {title: Plan}}}}
  - name: profile_events
    config: {tags: [refresh_daily]}
""",
    "dbt_project/models/profiles/profiles.sql": "select id as profile_id, plan from {{ ref('stg_people') }}",
    "dbt_project/models/profiles/profile_events.sql": "select id as profile_id from {{ ref('stg_people') }}",
    "segments_yaml/fixture/paying.yml": """
segment: paying
title: Paying
who: [{trait: plan, is: paid}]
refresh: every 15 minutes
""",
    "segments_yaml/fixture/trying.yml": """
segment: trying
title: Trying
who: [{trait: plan, is: trial}]
refresh: daily
""",
    "activations/destinations.yml": "files: {type: files}\n",
    PAYING: """
sync: paying
source: {segment: paying}
destination: files
object: csv
on_leave: remove
key: profile_id
fields: {profile_id: profile_id, plan: plan}
purpose: operational
schedule: every 15 minutes
""",
    "data/people.csv": "id,plan\n1,paid\n2,trial\n3,paid\n",
}


@dataclass(frozen=True)
class Loop:
    settings: Settings

    def write(self, name: str, text: str) -> None:
        path = self.settings.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)

    def run(self, job: str = "heddle") -> RunReport:
        return run_job(self.settings, job, lambda event: None)

    def rows(self, sql: str) -> list[tuple[object, ...]]:
        with open_warehouse(self.settings, read_only=True) as warehouse:
            return [tuple(row.values()) for row in warehouse.query(sql).to_pylist()]

    def log(self, report: RunReport) -> list[str]:
        """The errors that the run told Dagster."""
        root = self.settings.root
        with chdir(root), dg.DagsterInstance.from_config(str(root)) as instance:
            entries = instance.all_logs(report.run_id)
            return [entry.user_message for entry in entries if entry.level >= 40]


@contextmanager
def small_loop(root: Path) -> Iterator[Loop]:
    """The repository in `root`, as the process sees it while the block runs."""
    loop = Loop(
        Settings.load(root=root, sources="fixture", data=root / "data", state=root / "state", as_of="2026-06-15T04:30")
    )
    for name, text in FILES.items():
        loop.write(name, text)
    shutil.copy(ROOT / "dagster.yaml", root)
    shutil.copy(ROOT / "dbt_project/profiles.yml", root / "dbt_project")
    ignored = shutil.ignore_patterns("generated")
    shutil.copytree(ROOT / "dbt_project/models/segments", root / "dbt_project/models/segments", ignore=ignored)
    (root / "dbt_project/macros").mkdir()
    for pattern in MACROS:
        for macro in (ROOT / "dbt_project/macros").glob(pattern):
            shutil.copy(macro, root / "dbt_project/macros")
    with pytest.MonkeyPatch.context() as patch:
        # what `Settings.export` sets, put back afterwards
        for name in ("ROOT", "DATA", "SOURCES", "STATE", "WAREHOUSE", "AS_OF", "TIME_ZONE", "AUTOMATION"):
            patch.setenv(f"HEDDLE_{name}", "")
        loop.settings.export()
        patch.setattr("orchestration.defs.checks.SUITES", root / "suites")
        yield loop
