"""A dbt project of two models beside our own profile: enough to run dbt for real in a few seconds."""

import shutil
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import pytest

from heddle.settings import Settings
from heddle.transform import set_clock
from heddle.warehouse import open_warehouse

ROOT = Path(__file__).parents[2]
PROJECT = """
name: heddle
profile: heddle
flags: {send_anonymous_usage_stats: false}
models: {heddle: {+materialized: table, +schema: staging}}
"""
MODELS = {
    "instant.sql": "select {{ as_of() }} as moment",
    "instants.sql": "select moment, {{ local_date('moment') }} as day from {{ ref('instant') }}",
    "models.yml": "models: [{name: instant, columns: [{name: moment, data_tests: [unique, not_null]}]}]",
}
MACROS = ("as_of.sql", "generate_schema_name.sql", "local_date.sql")
AddModel = Callable[[str, str], Path]


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    project = tmp_path / "dbt_project"
    (project / "models").mkdir(parents=True)
    (project / "macros").mkdir()
    (project / "dbt_project.yml").write_text(PROJECT)
    shutil.copy(ROOT / "dbt_project/profiles.yml", project)
    for macro in MACROS:
        shutil.copy(ROOT / "dbt_project/macros" / macro, project / "macros")
    for name, text in MODELS.items():
        (project / "models" / name).write_text(text)
    return Settings.load(root=tmp_path, state=tmp_path / "state", sources=("demo",))


@pytest.fixture
def clocked(settings: Settings) -> Settings:
    with open_warehouse(settings) as warehouse:
        set_clock(warehouse, datetime.fromisoformat("2026-06-14T23:30:00"))
    return settings


@pytest.fixture
def add_model(settings: Settings) -> AddModel:
    def add(name: str, text: str) -> Path:
        path = settings.dbt_project / "models" / name
        path.write_text(text)
        return path

    return add
