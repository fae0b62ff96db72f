"""`heddle identity explain`: the path between two, or what stops it."""

from collections.abc import Callable
from typing import Any

import pytest

Ask = Callable[..., str]
AskJson = Callable[..., Any]


def hops(told: Any) -> list[tuple[str, str, str | None]]:
    return [(hop["left"], hop["right"], hop["stopped_by"]) for hop in told["hops"]]


def test_the_path_with_rule_source_and_date(ask_json: AskJson) -> None:
    told = ask_json("identity", "explain", "anna@x.pl", "a7", "--show-pii")
    assert told["verdict"] == "linked"
    assert hops(told) == [
        ("email anna@x.pl", "record crm:k1", None),
        ("record crm:k1", "phone +48600700800", None),
        ("phone +48600700800", "record web:a:7", None),
        ("record web:a:7", "anonymous_id a7", None),
    ]
    assert [(hop["edge"]["rule"], hop["edge"]["source"]) for hop in told["hops"]] == [
        ("same_email", "crm"),
        ("same_phone", "crm"),
        ("same_phone", "web"),
        ("same_anonymous_id", "web"),
    ]
    assert {hop["edge"]["first_seen"] for hop in told["hops"]} == {"2026-03-01T08:30:00Z"}


def test_masked_unless_asked(ask: Ask) -> None:
    told = ask("identity", "explain", "email:anna@x.pl", "phone:+48600700800")
    assert "One person: 2 links between them." in told
    assert "email a…(9)" in told and "record crm:k…(2)" in told
    assert not [value for value in ("anna", "600700800", "k1") if value in told]


def test_a_guard_is_named(ask: Ask, ask_json: AskJson) -> None:
    told = ask_json("identity", "explain", "u1", "email:bob@x.pl", "--show-pii")
    assert told["verdict"] == "withheld"
    assert [(w["label"], w["guard"], w["reason"], w["people"]) for w in told["withheld"]] == [
        ("phone +48111111111", "block_list", "placeholder", 2)
    ]
    assert [stop for *_, stop in hops(told)] == [None, "block_list: placeholder", "block_list: placeholder", None]
    text = ask("identity", "explain", "u1", "email:bob@x.pl")
    assert "Not one person: what connects them is withheld" in text and max(map(len, text.splitlines())) <= 100


def test_one_of_the_two_is_withheld_itself(ask_json: AskJson) -> None:
    told = ask_json("identity", "explain", "u1", "+48111111111")
    assert told["verdict"] == "withheld" and told["right"]["profile_id"] is None and len(told["hops"]) == 2


def test_a_border_between_two_accounts(ask: Ask, ask_json: AskJson) -> None:
    told = ask_json("identity", "explain", "tablet", "u4", "--show-pii")
    assert told["verdict"] == "boundary"
    assert [stop for *_, stop in hops(told)] == ["one_anchor: between accounts; it went to the nearest", None]
    assert (told["left"]["anchor"], told["left"]["distance"]) == ("user_id u3", 2)
    assert (told["right"]["anchor"], told["right"]["distance"]) == ("user_id u4", 0)
    text = ask("identity", "explain", "tablet", "u4", "--show-pii")
    assert "the anchor nearest to device_id tablet is user_id u3, 2 links away" in text
    assert "user_id u4 is an anchor itself" in text
    text = ask("identity", "explain", "tablet", "record:app:a4", "--show-pii")
    assert "the only anchor that record app:a4 leads to is user_id u4, 1 link away" in text


def test_a_decision_keeps_two_apart(ask: Ask, ask_json: AskJson) -> None:
    told = ask_json("identity", "explain", "fay@x.pl", "gus@x.pl")
    assert told["verdict"] == "boundary" and told["decision"]["why"] == "two sisters"
    assert "kept apart by maria on 2026-02-01: two sisters" in ask("identity", "explain", "fay@x.pl", "gus@x.pl")


def test_no_path_at_all(ask: Ask, ask_json: AskJson) -> None:
    told = ask_json("identity", "explain", "u1", "crm_id:12345")
    assert told["verdict"] == "unconnected" and told["hops"] == []
    assert "no source ever connected them" in ask("identity", "explain", "u1", "crm_id:12345")


@pytest.mark.parametrize(
    ("a", "b", "verdict"), [("p90", "p1", "linked"), ("p90", "p2", "withheld"), ("p1", "u1", "linked")]
)
def test_profiles_stand_for_all_their_identifiers(ask_json: AskJson, a: str, b: str, verdict: str) -> None:
    told = ask_json("identity", "explain", a, b)
    assert told["verdict"] == verdict
    assert len(told["left"]["moved"]) == (2 if a == "p90" else 0)


def test_a_profile_without_successor_is_an_error(ask: Ask) -> None:
    assert "heddle profile resolve p80" in ask("identity", "explain", "p80", "u1", fails=True)
