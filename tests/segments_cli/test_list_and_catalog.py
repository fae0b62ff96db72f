"""`heddle segments list`, `catalog` and `compile`."""

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
import pytest

from heddle.cli import terminal

Ask = Callable[..., str]
AskJson = Callable[..., Any]


def test_list_says_what_the_last_run_did(ask_json: AskJson, ask: Ask) -> None:
    buyers, club, carts = ask_json("list")["segments"]
    assert (buyers["name"], buyers["members"], buyers["verdict"]) == ("buyers", None, None), "never run"
    assert (club["members"], club["share"], club["entered"], club["left"], club["verdict"]) == (2, 0.4, 1, 0, "ok")
    assert (carts["verdict"], carts["reason"]) == ("blocked", "0 members, the guard wants at least 1")
    told = ask("list", "--details")
    assert "Held back" in told and "club@shop.example" in told and max(map(len, told.splitlines())) <= 100


def test_list_before_the_first_run(ask: Ask, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("HEDDLE_STATE", str(tmp_path))
    told = ask("list")
    assert "nothing has been published yet" in told and "quiet_carts" in told


def test_the_whole_catalog(ask_json: AskJson, ask: Ask) -> None:
    entries = {(entry["kind"], entry["name"]): entry for entry in ask_json("catalog")["entries"]}
    assert entries["trait", "city"]["synonyms"] == ["town"] and not entries["trait", "city"]["personal"]
    assert entries["trait", "birth_date"]["personal"] and entries["trait", "birth_date"]["type"] == "date"
    assert entries["event", "product_viewed"]["kept"] == "90 days"
    assert [field["name"] for field in entries["event", "order_placed"]["fields"]] == [
        "order_total",
        "cart_id",
        "channel",
    ]
    assert entries["group", "any_activity"]["events"] == ["product_viewed", "cart_updated", "order_placed"]
    assert entries["relation", "child"]["key"] == "child_id"
    assert entries["trait", "plan"]["history"] and ("list", "fair_guests") in entries
    assert entries["channel", "sms"]["purposes"] == ["marketing", "service"]
    told = ask("catalog")
    assert "Traits (trait: ...)" in told and max(map(len, told.splitlines())) <= 100


def test_search_by_word_synonym_and_field(ask_json: AskJson, ask: Ask) -> None:
    def found(word: str) -> list[str]:
        return [entry["name"] for entry in ask_json("catalog", word)["entries"]]

    assert found("LTV") == ["lifetime_value"]
    assert found("shoe") == ["child"]
    assert "did you mean city?" in ask("catalog", "citty", fails=True)


def test_events_that_nobody_described_are_counted_not_lost(
    ask: Ask, ask_json: AskJson, workspace: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    assert ask_json("catalog")["undescribed"] == []
    state = tmp_path / "state"
    shutil.copytree(workspace / "state", state)
    with duckdb.connect(str(state / "published.duckdb")) as published:
        published.execute(
            "create or replace view profiles.profile_event_spans as from (values ('p1', 'checkout_bug', timestamp "
            "'2026-06-01 10:00', timestamp '2026-06-02 11:00', 3), ('p2', 'checkout_bug', timestamp '2026-05-01', "
            "timestamp '2026-05-01', 1), ('p1', 'order_placed', timestamp '2026-05-01', timestamp '2026-05-01', 1)) "
            "as spans (profile_id, event, first_at, last_at, events)"
        )
    monkeypatch.setenv("HEDDLE_STATE", str(state))
    found = {"name": "checkout_bug", "events": 4, "people": 2, "last_at": "2026-06-02T11:00:00Z"}
    assert ask_json("catalog")["undescribed"] == ask_json("catalog", "_bug")["undescribed"] == [found]
    assert "docs/add_a_source.md, New words" in ask("catalog", "checkout")


def test_compile_a_name_and_a_draft(ask: Ask, tmp_path: Path) -> None:
    draft = tmp_path / "idea.yml"
    draft.write_text("segment: idea\ntitle: An idea\nwho:\n  - trait: country\n    is: PL\n")
    assert "country = 'PL'" in ask("compile", str(draft), "--dialect", "snowflake")
    assert "2026-01-01 00:00:00" in ask("compile", "quiet_carts", "--as-of", "2026-01-01T00:00:00Z")


def test_a_narrow_terminal_shows_names_whole(ask: Ask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(terminal.out, "_width", 80)
    told = ask("list")
    assert max(map(len, told.splitlines())) <= 80
    assert "quiet_carts " in told and "last run" not in told.splitlines()[2]
    assert "| last run |" in ask("list", "--markdown")
