"""For random people and random segments: all lines are true exactly for those whom the compiled SQL finds."""

import random
from datetime import timedelta
from pathlib import Path

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from published_world import make_root
from small_world import AS_OF, catalog, compiled

from heddle.segments import explain_person, parse_segment, preview
from heddle.segments.workspace import SegmentFile
from heddle.settings import Settings

PEOPLE = 40
EVENTS = ("cart_updated", "order_placed", "product_viewed", "ticket_opened", "trial_activated", "feature_used")
LINES = """
{trait: plan, is_not: club}
{trait: lifetime_value, at_least: 300}
{trait: birth_date, anniversary_in: 3 days}
{trait: first_order_at, in_last: 1 day}
{trait: interests, includes_any: [toys, shoes]}
{did: cart_updated, last_time: {older_than: 1 hour, newer_than: 24 hours}}
{did: cart_updated, where: {cart_total: {above: 50}}}
{did: any_activity, within_last: 2 days, count: {at_least: 2}}
{did: order_placed, sum: {of: order_total, above: 150}}
{did: product_viewed, distinct: {of: category, at_least: 2}}
{did: order_placed, first_time: {older_than: 12 hours}}
{did_not: order_placed, since: cart_updated}
{did_not: order_placed, within_last: 1 day}
{did_not: cart_updated, since: order_placed}
{has: child, where: {shoe_size: {above: 24}}}
{has_no: child}
{in_segment: club}
{not_in_segment: club}
{entered: {segment: club, in_last: 7 days}}
{can_receive: email}
{can_receive: email, for: service}
{did: product_viewed, favourite: {of: category, is: toys}}
{did: product_viewed, last_where: {category: toys}}
{did: any_activity, regularly: {every: day, at_least: 2 of 3}}
""".strip().splitlines()
KEYED = "{did: cart_updated, within_last: 3 days}"

limit = st.sampled_from(["", ", within: 2 hours", ", within: 12 hours", ", within: 3 days"])
step = st.builds(lambda word, event, within: f"{{{word}: {event}{within}}}",
                 st.sampled_from(["then", "then", "then_not"]), st.sampled_from(EVENTS), limit)  # fmt: skip
sequences = st.builds(
    lambda first, steps, same, last: f"{{sequence: [{{did: {first}}}, {', '.join(steps)}]{same}{last}}}",
    st.sampled_from(EVENTS),
    st.lists(step, min_size=1, max_size=3),
    st.just(""),
    st.sampled_from(["", ", within_last: 2 days"]),
)
carts = st.builds(
    lambda second, within: f"{{sequence: [{{did: cart_updated}}, {{{second}: order_placed{within}}}], same: cart_id}}",
    st.sampled_from(["then", "then_not"]),
    limit,
)
line = st.sampled_from(LINES)
group = st.builds(
    lambda verb, inner: f"{{{verb}: [{', '.join(inner)}]}}",
    st.sampled_from(["any_of", "all_of", "none_of"]),
    st.lists(line, min_size=1, max_size=3),
)
lists = st.lists(st.one_of(line, line, group), min_size=1, max_size=4)
ends = st.sampled_from(
    ["", "", "exclude: [club]\n", "top: {n: 5, by: lifetime_value}\n", "sample: {percent: 50, salt: s}\n"]
)


def segment_text(lines: list[str], per: str, end: str) -> str:
    rules = [KEYED, *lines] if per == "cart_id" else ["{has: child}", *lines] if per else lines
    head = f"segment: random\ntitle: Random\n{f'per: {per}{chr(10)}' if per else ''}"
    return head + "who:\n" + "".join(f"  - {rule}\n" for rule in rules) + end


@pytest.fixture(scope="module")
def crowd(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """The small world with forty more people, whose events, children, carts and stays are drawn once."""
    root = make_root(tmp_path_factory.mktemp("crowd"))
    draw = random.Random(20260615)
    with duckdb.connect(str(root / "state" / "published.duckdb")) as connection:
        connection.execute("begin")  # one commit, not one per row
        for i in range(PEOPLE):
            fill(connection, f"r{i}", draw)
        connection.execute("commit")
    return Settings.load(root=root, state=root / "state", sources="fixture", as_of=AS_OF, time_zone="Europe/Warsaw")


def fill(connection: duckdb.DuckDBPyConnection, person: str, draw: random.Random) -> None:
    first_order, born = AS_OF - timedelta(hours=draw.randint(0, 60)), draw.choice(["1990-06-18", "2000-01-01"])
    known = [
        draw.choice(["club", "trial"]),
        born,
        first_order,
        draw.choice([100, 300, 900]),
        [draw.choice(["toys", "x"])],
    ]
    connection.execute(
        "insert into profiles.profiles by name select ? as profile_id, ? as plan, ?::date as birth_date, "
        "?::timestamp as first_order_at, ?::double as lifetime_value, ?::varchar[] as interests",
        [person, *([None] * 5 if draw.random() < 0.2 else known)],
    )
    for _ in range(draw.randint(0, 8)):
        connection.execute(
            "insert into profiles.profile_events by name select ? as profile_id, ? as event, ?::timestamp as "
            "occurred_at, ? as cart_id, ? as category, ?::double as amount",
            [person, draw.choice(EVENTS), AS_OF - timedelta(minutes=30 * draw.randint(0, 120)),
             draw.choice([f"{person}-a", f"{person}-b", None]), draw.choice(["toys", "books", None]),
             draw.choice([20, 60, 150, None])],
        )  # fmt: skip
    for child in range(draw.randint(0, 2)):
        row = [person, f"{person}-k{child}", draw.choice([23, 26, None])]
        connection.execute("insert into profiles.profile_children values (?, ?, null, ?)", row)
    for purpose in ("marketing", "service"):
        row = [person, purpose, draw.random() < 0.5]
        connection.execute("insert into profiles.profile_reachability values (?, 'email', ?, 'x', ?, 'ok')", row)
    if draw.random() < 0.5:
        left = None if draw.random() < 0.5 else AS_OF
        row = [person, AS_OF - timedelta(days=draw.randint(1, 14)), left]
        connection.execute("insert into segments.segment_club values (?, '', ?, ?)", row)


any_segment = given(
    lines=lists, per=st.sampled_from(["", "", "cart_id", "child_id"]), end=ends, who=st.integers(0, PEOPLE - 1)
)
any_sequence = given(
    rule=st.one_of(sequences, sequences, carts),
    per=st.sampled_from(["", "", "cart_id"]),
    who=st.integers(0, PEOPLE - 1),
)


@settings(max_examples=14, deadline=None)
@any_segment
def test_the_lines_are_true_exactly_for_the_members(
    crowd: Settings, lines: list[str], per: str, end: str, who: int
) -> None:
    lines_and_members_agree(crowd, segment_text(lines, per, end), f"r{who}")


@pytest.mark.thorough
@settings(max_examples=200, deadline=None)
@any_segment
def test_the_lines_of_many_segments(crowd: Settings, lines: list[str], per: str, end: str, who: int) -> None:
    lines_and_members_agree(crowd, segment_text(lines, per, end), f"r{who}")


def lines_and_members_agree(crowd: Settings, text: str, profile_id: str) -> None:
    mine = {key for person, key in members(crowd.published_path, text) if person == profile_id}
    told = explain_person(crowd, catalog(), source_of(text), profile_id)
    true = {one.key or "" for one in told.candidates if all(line.holds for line in one.verdicts)}
    assert true == mine == {one.key or "" for one in told.candidates if one.member}
    assert told.member == bool(mine)


@settings(max_examples=14, deadline=None)
@any_sequence
def test_the_chain_is_told_exactly_where_the_sql_finds_one(crowd: Settings, rule: str, per: str, who: int) -> None:
    """The fact searches one person's events by itself, so this compares two ways to understand a sequence."""
    chain_and_verdict_agree(crowd, segment_text([rule], per, ""), f"r{who}")


@pytest.mark.thorough
@settings(max_examples=200, deadline=None)
@any_sequence
def test_the_chains_of_many_sequences(crowd: Settings, rule: str, per: str, who: int) -> None:
    chain_and_verdict_agree(crowd, segment_text([rule], per, ""), f"r{who}")


def chain_and_verdict_agree(crowd: Settings, text: str, profile_id: str) -> None:
    for one in explain_person(crowd, catalog(), source_of(text), profile_id).candidates:
        verdict = one.verdicts[-1]
        assert verdict.holds == (not verdict.fact.startswith(("not in this order", "no cart_id to look at"))), verdict


def test_a_chain_of_a_cart_that_is_no_candidate_is_not_told_as_the_reason(crowd: Settings) -> None:
    """The first rule says which carts are looked at; the chain of another one explains nothing."""
    text = segment_text(["{sequence: [{did: order_placed}, {then_not: cart_updated}]}"], "cart_id", "")
    told = [explain_person(crowd, catalog(), source_of(text), f"r{i}").candidates for i in range(PEOPLE)]
    of_none = [one.verdicts[-1] for candidates in told for one in candidates if one.key is None]
    facts = [verdict.fact for verdict in of_none]
    assert facts and all(fact.startswith("no cart_id to look at; over all of them: ") for fact in facts)
    assert any("order_placed 2026" in fact for fact in facts) and not any(verdict.holds for verdict in of_none)


@settings(max_examples=7, deadline=None)
@given(lines=lists, per=st.sampled_from(["", "cart_id", "child_id"]), end=ends)
def test_the_preview_counts_the_members(crowd: Settings, lines: list[str], per: str, end: str) -> None:
    text = segment_text(lines, per, end)
    found = members(crowd.published_path, text)
    told = preview(crowd, catalog(), source_of(text))
    assert (told.members, told.people) == (len(found), len({person for person, _ in found}))
    left = [step.left for step in told.funnel]
    assert left == sorted(left, reverse=True) and left[-1] == told.people


def source_of(text: str) -> SegmentFile:
    return SegmentFile("random", "", "random.yml", text, parse_segment(text, "random.yml").segment, ())


def members(path: Path, text: str) -> set[tuple[str, str]]:
    with duckdb.connect(str(path), read_only=True) as connection:
        return {(row[0], row[1]) for row in connection.execute(compiled(text)).fetchall()}
