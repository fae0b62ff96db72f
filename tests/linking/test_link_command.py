"""`heddle identity link`: the table it prints, and what it says when Splink is not installed."""

import importlib.util
from pathlib import Path

import pytest
import typer
from linked_warehouse import Person, linked_warehouse
from made_people import MODEL, made_people, second_records
from typer.testing import CliRunner

from heddle.cli.link import link_people
from heddle.linking import LinkingError, link


def test_it_prints_what_it_found_and_that_nobody_is_merged_yet(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("splink", reason="soft links are an optional extra: pip install 'heddle[link]'")
    people = made_people(120)
    with linked_warehouse(tmp_path, [*people, *second_records(people[:20])]) as (_, settings):
        (settings.dbt_project / "linking.yml").write_text(MODEL)
    monkeypatch.setenv("HEDDLE_ROOT", str(tmp_path))
    monkeypatch.setenv("HEDDLE_STATE", str(settings.state))
    app = typer.Typer()
    app.command()(link_people)
    done = CliRunner().invoke(app, [])
    assert done.exit_code == 0, done.output
    assert "pairs scored" in done.output and "learnt now" in done.output
    assert "HEDDLE_SOFT_LINKS is off" in done.output
    assert not [word for person in people for word in person.attributes.values() if str(word) in done.output]
    assert settings.published_path.exists()


def test_without_splink_it_says_how_to_get_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with linked_warehouse(tmp_path, [Person("r1", {})]) as (warehouse, settings):
        monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
        with pytest.raises(LinkingError, match="not installed") as raised:
            link(warehouse, settings)
    assert "heddle[link]" in str(raised.value)
