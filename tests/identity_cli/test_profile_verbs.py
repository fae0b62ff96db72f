"""`heddle profile`: every id resolves, and one person is shown whole, masked."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from small_identity import T

from heddle.identity import PersonalColumns
from heddle.identity.merge_log import LogEntry, resolve

ROOT = Path(__file__).parents[2]
PERSONAL = ("anna@x.pl", "600700800", "Anulka", "1985", "Anna", "old@x.pl", "a7", "c1")
Ask = Callable[..., str]


@pytest.mark.parametrize(
    ("asked", "outcome", "live", "path"),
    [
        ("p1", "live", "p1", []),  # went into p80 once, and came alive again
        ("p90", "merged", "p1", ["p91", "p1"]),
        ("p70", "merged", "p5", ["p5"]),  # of the two changes of its last run the one that took the most of it
        ("p80", "retired", None, ["p81", None]),
    ],
)
def test_an_id_of_any_age_resolves(
    ask: Ask, ask_json: Callable[..., Any], asked: str, outcome: str, live: str | None, path: list[str | None]
) -> None:
    found = ask_json("profile", "resolve", asked)
    assert (found["outcome"], found["live"], [step["to_id"] for step in found["path"]]) == (outcome, live, path)
    last_line = ask("profile", "resolve", asked).splitlines()[-1]
    assert last_line.startswith(asked) and (live or "no successor") in last_line


def test_an_id_that_was_never_given_is_an_error(ask: Ask) -> None:
    assert "no run ever gave" in ask("profile", "resolve", "anna@x.pl", fails=True)
    assert "anna" not in ask("profile", "resolve", "anna@x.pl", fails=True)


class Log:
    def __init__(self, live: Sequence[str], entries: Sequence[tuple[int, str, str, str | None]]) -> None:
        first = LogEntry(0, "", "", None, 1, "edge", None, None, None, T)
        self.live, self.entries = set(live), [
            replace(first, run_seq=run, change=change, from_id=was, to_id=now) for run, change, was, now in entries
        ]  # fmt: skip

    def is_live(self, profile_id: str) -> bool:
        return profile_id in self.live

    def departures(self, profile_id: str) -> Sequence[LogEntry]:
        return [entry for entry in self.entries if entry.from_id == profile_id]

    def is_known(self, profile_id: str) -> bool:
        return any(profile_id in (entry.from_id, entry.to_id) for entry in self.entries)


def test_a_log_that_contradicts_itself_ends() -> None:
    round_trip = Log([], [(1, "merge", "a", "b"), (1, "merge", "b", "a")])
    assert resolve("a", round_trip).outcome == "lost"
    backwards = Log([], [(2, "merge", "a", "b"), (1, "merge", "b", "c")])
    assert [step.to_id for step in resolve("a", backwards).steps] == ["b"]
    assert resolve("b", Log([], [(1, "split", "a", "b")])).outcome == "lost"
    assert resolve("x", backwards).outcome == "unknown"


def test_a_long_chain_is_followed() -> None:
    chain = Log(["p500"], [(run, "merge", f"p{run}", f"p{run + 1}") for run in range(500)])
    assert resolve("p0", chain).live == "p500"


@pytest.mark.parametrize(
    "asked",
    ["p1", "p90", "email:anna@x.pl", "anna@x.pl", "EMAIL: Anna@X.pl", "+48 600 700 800", "record:crm:k1", "crm:k1"],
)
def test_anybody_is_found_by_any_identifier(ask: Ask, asked: str) -> None:
    shown = ask("profile", "show", asked)
    assert "Profile p1" in shown
    assert not [value for value in PERSONAL if value in shown]


def test_a_profile_is_shown_whole(ask: Ask) -> None:
    shown = ask("profile", "show", "p1", "--show-pii")
    assert max(map(len, shown.splitlines())) <= 100
    lines = [" ".join(line.split()) for line in shown.splitlines()]
    for expected in (
        "first_name Anna crm 2026-02-03 00:00",
        "city [bold]Łódź\ufffd[2J crm 2026-02-03 00:00",  # neither markup nor commands for the terminal
        "email anna@x.pl crm, shop 2026-03-01 2026-03-01 yes",
        "phone +48111111111 shop 2026-03-01 2026-03-01 no: block_list: placeholder",
        "vip_customers 2026-02-07 00:00",
        "email marketing anna@x.pl yes ok granted 2025-01-02 00:00",
        "email marketing old@x.pl - denied 2024-03-02 00:00",
        "sms marketing +48600700800 no withdrawn withdrawn 2025-03-02 00:00",
        "2026-02-05 00:00 order_placed shop o1 99.50",
        "2026-03-01 took in p91 5 edge: record crm:k1 to email anna@x.pl",
        "2026-03-01 went into p80 4 edge: record crm:k1 to email anna@x.pl",
    ):
        assert expected in lines
    assert lines.index("2026-02-06 00:00 page_viewed web spring") < lines.index(
        "2026-02-05 00:00 order_placed shop o1 99.50"
    )


def test_json_is_masked_too(ask_json: Callable[..., Any]) -> None:
    masked, shown = ask_json("profile", "show", "p90"), ask_json("profile", "show", "p90", "--show-pii")
    assert masked["asked"] == "p90" and masked["profile_id"] == "p1"
    assert not [value for value in PERSONAL if value in str(masked)]
    assert [fact["value"] for fact in masked["golden"]] == ["A…(4)", "a…(9)", "[bold]Łódź\x1b[2J", "…"]
    assert shown["golden"][3] == {
        "field": "birth_date", "value": "1985-05-06", "source": "crm", "observed_at": "2026-02-03T00:00:00Z"
    }  # fmt: skip
    assert {fact["field"]: fact["value"] for fact in masked["traits"]}["nickname"] == "A…(6)"  # nobody described it


def test_the_marks_of_the_project_say_what_is_personal() -> None:
    personal = PersonalColumns(ROOT / "dbt_project")
    assert all(
        ("profiles", column) in personal for column in ("first_name", "last_name", "email", "phone", "birth_date")
    )
    assert not [column for column in ("city", "orders_count", "last_seen_at") if ("profiles", column) in personal]


def test_lists_say_what_they_leave_out(ask: Ask) -> None:
    assert "... and 3 more: --limit 5" in ask("profile", "show", "p1", "--limit", "2")


def test_an_identifier_of_nobody_says_why(ask: Ask, ask_json: Callable[..., Any]) -> None:
    told = ask("profile", "show", "phone:+48111111111")
    assert "belongs to nobody" in told and "block_list: placeholder; it would have joined 2 people" in told
    assert "p1, p2" in told and "+48111111111" not in told
    assert ask_json("profile", "show", "+48111111111")["withheld"][0]["guard"] == "block_list"


def test_an_erased_profile_says_so(ask: Ask) -> None:
    assert "erased on request" in ask("profile", "show", "p81")


def test_a_border_is_shown_on_both_sides(ask: Ask) -> None:
    assert "no: p3 has it; one_anchor" in " ".join(ask("profile", "show", "u4").split())
    assert "yes: one_anchor" in " ".join(ask("profile", "show", "u3").split())


def test_a_value_of_two_types_asks_for_the_type(ask: Ask) -> None:
    told = ask("profile", "show", "12345", fails=True)
    assert "crm_id and as loyalty_id" in told and "12345" not in told
    assert "Profile p5" in ask("profile", "show", "crm_id:12345")


def test_an_error_repeats_nothing_personal(ask: Ask) -> None:
    told = ask("profile", "show", "email:zofia@x.pl", fails=True)
    assert "nobody is known" in told and "zofia" not in told
