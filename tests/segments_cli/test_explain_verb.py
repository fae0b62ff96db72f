"""`heddle segments explain`: the definition in words; for a person every rule, its verdict and the fact behind it."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from heddle.segments.explain.fact import _FACTS
from heddle.segments.explain.sequence_fact import Search
from heddle.segments.parse import parse_segment
from heddle.segments.rules import VERBS
from heddle.segments.sequence import SequenceRule

Ask = Callable[..., str]
AskJson = Callable[..., Any]


@pytest.fixture
def facts(ask_json: AskJson, tmp_path: Path) -> Callable[..., list[tuple[bool, str]]]:
    """Lines of `who` and a profile -> (verdict, fact) of each line, groups before what is inside."""

    def of(who: str, profile: str, head: str = "") -> list[tuple[bool, str]]:
        draft = tmp_path / "draft.yml"
        lines = "".join(f"  - {line.strip()}\n" for line in who.strip().splitlines())
        draft.write_text(f"segment: draft\ntitle: Draft\n{head}who:\n{lines}")
        told = ask_json("explain", str(draft), "--profile", profile)
        pending, found = list(told["candidates"][0]["verdicts"]), []
        while pending:
            one = pending.pop(0)
            found.append((one["holds"], one["fact"]))
            pending = [*one["inner"], *pending]
        return found

    return of


def test_the_definition_in_words(ask: Ask, ask_json: AskJson) -> None:
    told = ask("explain", "quiet_carts")
    assert "- did not: placed an order, since the last: changed the cart" in told
    assert "Guarded: min 1." in told and "kept beside each member: cart_id" in told
    assert ask_json("explain", "quiet_carts")["words"][0].startswith("A cart, quiet for 1 hour. People")
    assert ask("explain", "quiet_carts", "--markdown").startswith("### quiet_carts")


def test_events(facts: Callable[..., list[tuple[bool, str]]]) -> None:
    assert facts(
        """{did: cart_updated, last_time: {older_than: 1 hour, newer_than: 24 hours}}
        {did: order_placed, within_last: 1 year, average: {of: order_total, above: 150}}
        {did_not: order_placed, since: cart_updated}
        {did_not: ticket_opened, within_last: 1 hour}
        {did: order_placed, since: trial_activated}
        {did: feature_used}
        {did: product_viewed, distinct: {of: product_id, at_least: 2}}
        {did: order_placed, between: [2026-03-17, 2026-03-17], first_time: {older_than: 1 day}}""",
        "p1",
    ) == [
        (True, "2 times, last 2026-06-14 12:00 (16 h 30 min before)"),
        (True, "2 times, last 2026-06-14 11:00 (17 h 30 min before); average of order_total 160.00"),
        (True, "since 2026-06-14 12:00: none; the last was 2026-06-14 11:00 (17 h 30 min before)"),
        (True, "none; the last was 2026-06-14 13:00 (15 h 30 min before)"),
        (False, "never did trial_activated, so nothing is since then"),
        (False, "never"),
        (False, "2 times, last 2026-06-10 11:00 (4 days before); 1 different product_id"),
        (True, "once, at 2026-03-17 04:30 (90 days before)"),
    ]


def test_favourites_last_fields_periods(facts: Callable[..., list[tuple[bool, str]]]) -> None:
    assert facts(
        """{did: store_visited, favourite: {of: store, is: north}}
        {did: store_visited, last_where: {store: south}}
        {did: store_visited, regularly: {every: week, at_least: 2 of 3}}""",
        "p1",
    ) == [
        (True, "3 times, last 2026-06-14 10:00 (18 h 30 min before); store: north (2), south (1)"),
        (False, "3 times, last 2026-06-14 10:00 (18 h 30 min before); the last one's store: north"),
        (True, "3 times, last 2026-06-14 10:00 (18 h 30 min before); in 3 of the last 3 weeks"),
    ]


def test_the_events_of_a_sequence(facts: Callable[..., list[tuple[bool, str]]]) -> None:
    rule = "{sequence: [{did: product_viewed}, {then: product_added_to_cart, within: 1 hour}], same: product_id}"
    assert facts(rule, "p1") == [(True, "product_viewed 2026-06-10 11:00, then product_added_to_cart 2026-06-10 11:30")]
    assert facts(rule, "p3") == [(False, "not in this order; product_viewed never; product_added_to_cart never")]


def test_places_lists_and_how_long(facts: Callable[..., list[tuple[bool, str]]]) -> None:
    lines = """{near: {lat: 50.06, lon: 19.94, within_km: 25}}
        {in_list: fair_guests}
        {trait: plan, is: trial, for_at_least: 3 days}"""
    assert facts(lines, "p1") == [
        (True, "0.0 km away"),
        (True, "on it by email"),
        (True, "trial since 2026-06-12 04:30 (3 days before), club since 2026-05-01 00:00 (45 days before)"),
    ]
    assert facts(lines.replace("25", "102"), "p5")[0] == (False, "102.5 km away"), "Kielce"
    assert facts(lines.replace("25", "103"), "p5")[0] == (True, "102.5 km away")
    assert facts(lines, "p3") == [
        (False, "the place is not known"),
        (True, "on it by user_id"),
        (False, "no history of it is kept for this person"),
    ]
    assert facts("{in_list: fair_guests}", "p2") == [(False, "not on it")]


def test_traits_records_and_reach(facts: Callable[..., list[tuple[bool, str]]]) -> None:
    lines = """{trait: city, is: Kraków}
        {trait: birth_date, is_set: yes}
        {trait: interests, includes_any: [toys]}
        {trait: first_order_at, older_than: 1 day}
        {has: child, where: {birth_date: {anniversary_in: 3 days}, shoe_size: {above: 20}}}
        {can_receive: email}"""
    assert facts(lines, "p1") == [
        (True, "Kraków"),
        (True, "…"),
        (True, "toys, books"),
        (False, "2026-06-14 22:30 (6 h before)"),
        (True, "1 of 2 match: birth_date …; shoe_size 25.00"),
        (True, "reachable"),
    ]
    assert facts(lines, "p4")[4:] == [
        (False, "no child is known"),
        (False, "not reachable: consent was withdrawn (consent withdrawn on 2026-05-01)"),
    ]
    assert facts("{can_receive: sms}\n{trait: city, is: x}", "p3") == [
        (False, "nothing is known of sms for marketing"),
        (False, "no value"),
    ]


def test_other_segments_and_groups(facts: Callable[..., list[tuple[bool, str]]]) -> None:
    assert facts(
        """{in_segment: club}
        {entered: {segment: club, in_last: 2 days}}
        {left: {segment: club, in_last: 30 days}}
        {any_of: [{trait: plan, is: trial}, {none_of: [{trait: city, is: Kraków}]}]}""",
        "p1",
        "exclude: [quiet_carts]\n",
    ) == [
        (False, "left it 2026-06-01 00:00 (14 days before)"),
        (False, "last entered it 2026-01-01 00:00 (165 days before)"),
        (True, "last left it 2026-06-01 00:00 (14 days before)"),
        (True, "1 of 2 are true"),
        (True, "trial"),
        (False, "1 of 1 are true"),
        (True, "Kraków"),
        (False, "in it since 2026-06-14 12:00 (16 h 30 min before)"),
    ]


def test_every_key_of_a_person(ask_json: AskJson, ask: Ask) -> None:
    told = ask_json("explain", "quiet_carts", "--profile", "email:A@x.example")
    assert told["profile_id"] == "p1" and told["member"]
    c12, c11 = told["candidates"]
    assert (c12["key"], c12["member"], [line["holds"] for line in c12["verdicts"]]) == ("c12", True, [True] * 3)
    assert (c11["key"], c11["member"], [line["holds"] for line in c11["verdicts"]]) == (
        "c11",
        False,
        [True, False, True],
    )
    assert c11["verdicts"][1]["fact"] == "since 2026-06-14 10:00: once, at 2026-06-14 11:00 (17 h 30 min before)"
    assert [(stay["key"], stay["left_at"]) for stay in told["stays"]] == [
        ("c12", "2026-06-02T12:00:00Z"),
        ("c11", None),
    ]
    text = ask("explain", "quiet_carts", "--profile", "p0")
    assert "profile p1 as of 2026-06-15 04:30 UTC: a member" in text, "p0 was merged into p1"
    assert "cart_id c12: a member" in text and max(map(len, text.splitlines())) <= 100
    assert "No cart_id to look at" in ask("explain", "quiet_carts", "--profile", "p4")


def test_the_split_that_left_somebody_out(ask_json: AskJson, tmp_path: Path) -> None:
    draft = tmp_path / "draft.yml"
    draft.write_text("segment: d\ntitle: D\nwho:\n  - trait: city\n    is_set: yes\ntop: {n: 2, by: lifetime_value}\n")
    told = ask_json("explain", str(draft), "--profile", "p5")
    top = told["candidates"][0]["verdicts"][-1]
    assert not told["member"] and (top["words"], top["holds"], top["fact"]) == (
        "the top 2 by lifetime value",
        False,
        "50.00",
    )


def test_nothing_personal_is_shown(ask: Ask) -> None:
    for form in ([], ["--json"], ["--markdown"]):
        told = ask("explain", "buyers", "--profile", "a@x.example", *form)
        assert "birth" in told.lower()
        assert not [value for value in ("1990", "Ana", "a@x") if value in told]


def test_nobody(ask: Ask) -> None:
    assert "nobody is known by this profile id" in ask("explain", "buyers", "--profile", "zoe@x.example", fails=True)
    assert "belongs to no profile today" in ask("explain", "buyers", "--profile", "office@x.example", fails=True)


def test_every_verb_has_a_fact() -> None:
    """Groups tell how many of their rules are true; a query of the data team has no facts of its own."""
    assert set(VERBS) - set(_FACTS) <= {"any_of", "all_of", "none_of", "sql"}


def test_a_chain_that_fails_at_its_end_asks_every_event_once() -> None:
    lines = "[{did: product_viewed}, {then: product_viewed}, {then: product_viewed}, {then: order_placed}]"
    segment = parse_segment(f"segment: a\ntitle: A\nwho:\n  - sequence: {lines}\n", "a.yml").segment
    assert segment is not None
    (rule,) = segment.rules
    assert isinstance(rule, SequenceRule)
    newest = datetime(2026, 6, 15, tzinfo=UTC)
    views = [{"at": newest - timedelta(minutes=minute)} for minute in range(200)]
    search = Search(rule, newest, (views, views, views, []))
    assert search.chain(0, None) is None
    assert len(search.found) < len(rule.sequence) * len(views)
