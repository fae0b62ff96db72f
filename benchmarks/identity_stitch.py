"""A dbt project of one model that stitches text edges with the product's macros."""

import shutil
import sys
from pathlib import Path

from measured import Measured, measured
from results import ROOT

MACROS = ("connected_components.sql", "work_tables.sql", "id_hash.sql")
PROJECT = """name: heddle
version: "1.0.0"
config-version: 2
profile: stitch
flags: {send_anonymous_usage_stats: false}
models: {+materialized: table}
"""
PROFILES = """stitch:
  target: duckdb
  outputs:
    duckdb:
      type: duckdb
      path: "{warehouse}"
      attach: [{{path: "{edges}", alias: graph, read_only: true}}]
      threads: 2
      settings: {{preserve_insertion_order: false, autoinstall_known_extensions: false}}
"""
MODEL = """-- One row per identifier and the smallest node of its component.
{{{{ config(post_hook="{{{{ drop_work_tables('main.stitch') }}}}") }}}}
{{% if execute and flags.WHICH == 'run' -%}}
    {{%- set labels = connected_components(
        "select " ~ id_hash('left_id') ~ " as u, " ~ id_hash('right_id') ~ " as v from graph.edges", 'main.stitch'
    ) | trim -%}}
{{%- else -%}}
    {{%- set labels = 'main.stitch_l1' -%}}
{{%- endif -%}}
select
    nodes.identifier,
    coalesce(labels.p, nodes.node) as component
from (
    select identifier, {{{{ id_hash('identifier') }}}} as node
    from (select left_id as identifier from graph.edges union select right_id from graph.edges) as identifiers
) as nodes
left join {{{{ labels }}}} as labels on nodes.node = labels.x
"""


def make_stitch_project(folder: Path, edges: Path) -> None:
    """Write the project to `folder`; it reads left_id and right_id of the table `edges` in the DuckDB file `edges`."""
    shutil.rmtree(folder, ignore_errors=True)
    for name in ("macros", "models"):
        (folder / name).mkdir(parents=True)
    for name in MACROS:
        shutil.copy(ROOT / "dbt_project" / "macros" / name, folder / "macros")
    (folder / "dbt_project.yml").write_text(PROJECT)
    (folder / "profiles.yml").write_text(PROFILES.format(warehouse=folder / "stitch.duckdb", edges=edges))
    (folder / "models" / "stitched.sql").write_text(MODEL.format())


def stitch(folder: Path) -> Measured:
    """Run the project on an empty warehouse; dbt's start is included, parsing is not, as on every run but the first."""
    (folder / "stitch.duckdb").unlink(missing_ok=True)
    _dbt(folder, "parse")
    return _dbt(folder, "run")


def _dbt(folder: Path, verb: str) -> Measured:
    dbt = [str(Path(sys.executable).with_name("dbt")), "--no-use-colors", verb, "--profiles-dir", "."]
    return measured(dbt, folder / f"{verb}.log", {"DO_NOT_TRACK": "1"}, folder)
