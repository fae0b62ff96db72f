"""`heddle segments preview`: the counts, by hand; nothing personal; the working file is never opened."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Ask = Callable[..., str]
AskJson = Callable[..., Any]


def steps(told: Any) -> list[tuple[int | None, int]]:
    return [(step["alone"], step["left"]) for step in told["funnel"]]


def test_a_segment_with_a_key(ask_json: AskJson) -> None:
    """p1 has carts c11 (ordered since) and c12, p3 has a cart without a key, p2's is quiet for exactly an hour."""
    told = ask_json("preview", "quiet_carts")
    assert (told["base"], told["people"], told["members"], told["stored"], told["share"]) == (5, 2, 2, 2, 0.4)
    assert told["funnel"][1]["words"].startswith("did: changed the cart, the last time at least 1 hour ago")
    assert steps(told) == [(5, 5), (2, 2), (5, 2), (2, 2)]
    assert [(r["channel"], r["purpose"], r["people"]) for r in told["reach"]] == [
        ("email", "marketing", 2),
        ("email", "service", 0),
        ("sms", "marketing", 0),
    ], "nobody at all is reachable by sms for service"
    assert [(o["segment"], o["people"], o["shared"], o["of_this"]) for o in told["overlap"]] == [("club", 2, 1, 0.5)]
    assert {row["cart_id"] for row in told["sample"]} == {"c12", "c21"}


def test_groups_exclude_and_top(ask_json: AskJson) -> None:
    """p1 and p2 ordered within a year (p5 exactly a year ago), p3 has no birth date, p2 and p4 are in the club."""
    told = ask_json("preview", "buyers")
    assert steps(told) == [(5, 5), (2, 2), (4, 2), (3, 1), (None, 1)]
    assert told["funnel"][1]["words"] == (
        "at least one of:\n  - did: placed an order, in the last 1 year\n  - Lifetime value is above 1000"
    )
    assert [row["profile_id"] for row in told["sample"]] == ["p1"]


def test_nothing_personal_is_shown(ask: Ask) -> None:
    for form in ([], ["--json"], ["--markdown"]):
        told = ask("preview", "buyers", *form)
        assert "A…(3)" in told and "Ana" not in told and "1990-06-18" not in told, "the name and the birth date"


def test_a_draft_that_nobody_has_merged(ask: Ask, tmp_path: Path) -> None:
    draft = tmp_path / "idea.yml"
    draft.write_text("segment: idea\ntitle: An idea\nwho:\n  - trait: country\n    is: PL\n")
    told = ask("preview", str(draft))
    assert "An idea (idea)\n3 people, 60.0% of 5; no run has stored it yet\n" in told
    assert max(len(line) for line in told.splitlines() if str(draft) not in line) <= 100


def test_the_working_file_is_never_opened(ask: Ask, workspace: Path) -> None:
    working = workspace / "state" / "warehouse.duckdb"
    working.mkdir()  # whoever opens it fails
    try:
        for words in (["preview", "buyers"], ["explain", "buyers", "--profile", "p1"], ["list"]):
            ask(*words)
    finally:
        working.rmdir()


def test_at_another_instant(ask_json: AskJson) -> None:
    assert ask_json("preview", "quiet_carts", "--as-of", "2026-06-14T11:30:00Z")["members"] == 0
    assert ask_json("preview", "quiet_carts")["as_of"] == "2026-06-15T04:30:00Z", "that of the published run"


def test_markdown(ask: Ask) -> None:
    told = ask("preview", "quiet_carts", "--markdown")
    assert told.startswith("### A cart, quiet for 1 hour (quiet_carts)\n\n2 members (one per person and cart_id), ")
    assert "| everybody | 5 | 5 | 100% |" in told


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("segment: x\ntitle: X\nwho:\n  - trait: citi\n    is: Paris\n", "did you mean city?"),
        ("segment: x\ntitle: X\nwho:\n  - in_segment: buyers\n", "the members of buyers, which no run has stored yet"),
        (
            "segment: x\ntitle: X\nwho:\n  - in_list: uploaded_today\n",
            "it reads reference.list_uploaded_today, which no run",
        ),
    ],
)
def test_what_cannot_be_previewed_says_why(ask: Ask, tmp_path: Path, text: str, why: str) -> None:
    (tmp_path / "x.yml").write_text(text)
    assert why in ask("preview", str(tmp_path / "x.yml"), fails=True)


def test_unknown_name_and_nothing_published(ask: Ask, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    assert "did you mean buyers?" in ask("preview", "buyer", fails=True)
    monkeypatch.setenv("HEDDLE_STATE", str(tmp_path))
    assert "run `heddle run` first" in ask("preview", "buyers", fails=True)
    assert not list(tmp_path.iterdir()), "nothing was created"
