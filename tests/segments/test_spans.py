"""What is asked of the whole history is read from the spans of events, and the answer is that of the events at any
instant: in the middle of a span, before it, and when events after as_of are known already."""

from datetime import datetime

import pytest
import sqlglot
from small_world import AS_OF, compiled, members, rule, utc, world
from sqlglot import exp

# The rule, and the same question of the single events: :at is the instant.
WHOLE = [
    ("{did: any_activity}", "max(occurred_at) is not null"),
    ("{did: store_visited, ever: yes, count: {at_least: 3}}", "count(*) >= 3"),
    ("{did: any_activity, count: {at_most: 2}}", "count(*) <= 2"),
    ("{did: store_visited, first_time: {newer_than: 10 days}}", "min(occurred_at) > $at - interval '10 days'"),
    ("{did: any_activity, last_time: {older_than: 1 day}}", "max(occurred_at) <= $at - interval '1 day'"),
    (
        "{did: any_activity, last_time: {older_than: 3 days, newer_than: 60 days}}",
        "max(occurred_at) <= $at - interval '3 days' and max(occurred_at) > $at - interval '60 days'",
    ),
    (
        "{did: order_placed, count: {exactly: 1}, last_time: {newer_than: 2 years}}",
        "count(*) = 1 and max(occurred_at) > $at - interval '2 years'",
    ),
]
INSTANTS = [
    AS_OF,
    utc(2026, 6, 15, 4, 30, 1),
    utc(2026, 6, 15, 3, 30),
    utc(2026, 6, 10, 11, 15),
    utc(2026, 3, 17, 4, 30),
    utc(2023, 1, 1),
    utc(2026, 7, 1),
]


@pytest.mark.parametrize("at", INSTANTS, ids=str)
@pytest.mark.parametrize(("who", "having"), WHOLE, ids=lambda one: one)
def test_spans_answer_as_the_events_do(who: str, having: str, at: datetime) -> None:
    word = who.removeprefix("{did: ").split(",")[0].removesuffix("}")
    names = ("product_viewed", "cart_updated", "order_placed") if word == "any_activity" else (word,)
    connection = world()
    asked = f"""select profile_id from profiles.profile_events where event in {(*names, "")} and occurred_at <= $at
        group by 1 having {having} order by 1"""
    expected = [person for (person,) in connection.execute(asked, {"at": at}).fetchall()]
    assert members(connection, rule(who), at) == expected
    connection.close()


@pytest.mark.parametrize(
    ("who", "read"),
    [
        *((who, {"profile_event_spans"}) for who in ("{did: order_placed}", "{did_not: order_placed}")),
        ("{did: order_placed, first_time: {older_than: 3 days}}", {"profile_event_spans"}),
        ("{did: order_placed, count: {at_least: 2}}", {"profile_event_spans", "profile_events"}),
        ("{did: any_activity, last_time: {older_than: 3 days}}", {"profile_event_spans", "profile_events"}),
        ("{did: feature_used, since: trial_activated}", {"profile_event_spans", "profile_events"}),
        ("{did: order_placed, within_last: 3 days}", {"profile_events"}),
        ("{did: order_placed, last_time: {newer_than: 3 days}}", {"profile_events"}),
        ("{did: order_placed, last_time: {newer_than: 59 days}}", {"profile_events"}),
        ("{did: order_placed, last_time: {newer_than: 60 days}}", {"profile_event_spans", "profile_events"}),
        ("{did: order_placed, where: {channel: web}}", {"profile_events"}),
        ("{did: order_placed, sum: {of: order_total, above: 5}}", {"profile_events"}),
        ("{did: order_placed, between: [2026-06-01, 2026-06-10]}", {"profile_events"}),
    ],
)
def test_only_questions_about_the_whole_history_read_spans(who: str, read: set[str]) -> None:
    tables = {table.name for table in sqlglot.parse_one(compiled(rule(who))).find_all(exp.Table) if table.db}
    assert tables - {"profiles"} == read


def test_a_member_key_is_of_single_events() -> None:
    text = rule("{did: cart_updated}", per="cart_id")
    assert "profile_event_spans" not in compiled(text)
