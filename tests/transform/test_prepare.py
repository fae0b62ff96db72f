import json
import os
import time

import pytest

from heddle.errors import HeddleError
from heddle.settings import Settings
from heddle.transform import prepare

from .conftest import AddModel


def test_a_change_of_the_project_is_seen_and_nothing_else_costs_time(settings: Settings, add_model: AddModel) -> None:
    assert set(prepare(settings)["nodes"]) >= {"model.heddle.instant", "model.heddle.instants"}
    manifest = settings.state / "target/manifest.json"
    written = manifest.stat().st_mtime_ns

    started = time.process_time()
    prepare(settings)
    assert manifest.stat().st_mtime_ns == written
    assert time.process_time() - started < 1

    add_model("more.sql", "select 1 as a")
    assert "model.heddle.more" in prepare(settings)["nodes"]


def test_other_sources_are_another_project(settings: Settings) -> None:
    prepare(settings)
    other = settings.model_copy(update={"sources": ("online_retail",)})
    before = (settings.state / "target/heddle_fingerprint").read_text()
    prepare(other)
    assert (settings.state / "target/heddle_fingerprint").read_text() != before


def test_preparing_opens_no_warehouse(settings: Settings) -> None:
    prepare(settings)
    assert not settings.warehouse_path.exists()


@pytest.mark.parametrize(
    ("name", "text", "where"),
    [
        ("bad.sql", "select 1 as a,\n{% if x %}\n", "dbt_project/models/bad.sql:2"),
        ("bad.sql", "select * from {{ ref('nowhere') }}", "dbt_project/models/bad.sql"),
        ("bad.yml", "models:\n  - name: a: b\n", "dbt_project/models/bad.yml:2"),
    ],
)
def test_a_project_that_does_not_parse_says_where(
    settings: Settings, add_model: AddModel, name: str, text: str, where: str
) -> None:
    add_model(name, text)
    with pytest.raises(HeddleError) as raised:
        prepare(settings)
    assert raised.value.where == where
    assert raised.value.hint


def test_a_corrected_project_parses_again(settings: Settings, add_model: AddModel) -> None:
    bad = add_model("bad.sql", "{% if %}")
    with pytest.raises(HeddleError):
        prepare(settings)
    bad.unlink()
    assert json.dumps(sorted(prepare(settings)["nodes"]))


def test_the_environment_is_as_it_was(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HEDDLE_WAREHOUSE", "somewhere/else.duckdb")
    before = dict(os.environ)
    prepare(settings)
    assert dict(os.environ) == before
