"""The semantics of the language, line by line. Rules are in flow style; the people are in small_world.py."""

from collections.abc import Iterator
from datetime import datetime

import duckdb
import pytest
from small_world import AS_OF, members, rule, utc, world


@pytest.fixture(scope="module")
def people() -> Iterator[duckdb.DuckDBPyConnection]:
    connection = world()
    yield connection
    connection.close()


def find(people: duckdb.DuckDBPyConnection, who: str, as_of: datetime = AS_OF, **keys: str) -> list[str]:
    return members(people, rule(who, **keys), as_of)


def test_s01_everything_is_evaluated_at_as_of(people: duckdb.DuckDBPyConnection) -> None:
    who = "{did: order_placed, within_last: 1 day}"
    assert find(people, who) == find(people, who) == ["p1"]
    assert find(people, who, utc(2026, 3, 18)) == ["p1", "p2"]


def test_s02_events_after_as_of_do_not_exist(people: duckdb.DuckDBPyConnection) -> None:
    assert "p5" not in find(people, "{did: order_placed, where: {order_total: 999}}")
    assert find(people, "{did: cart_updated, last_time: {older_than: 30 minutes, newer_than: 1 hour}}") == ["p5"]


def test_s02_within_last_is_open_at_its_start(people: duckdb.DuckDBPyConnection) -> None:
    assert find(people, "{did: order_placed, within_last: 90 days}") == ["p1", "p2"]
    assert find(people, "{did: order_placed, within_last: 90 days, count: {at_least: 1, at_most: 1}}") == ["p1", "p2"]


def test_s02_within_last_is_closed_at_as_of(people: duckdb.DuckDBPyConnection) -> None:
    at_the_event = utc(2026, 6, 15, 3, 30)
    assert "p2" in find(people, "{did: cart_updated, within_last: 1 minute}", at_the_event)


def test_s02_older_than_includes_its_limit(people: duckdb.DuckDBPyConnection) -> None:
    assert "p2" in find(people, "{did: cart_updated, last_time: {older_than: 1 hour, newer_than: 24 hours}}")


def test_s02_newer_than_excludes_its_limit(people: duckdb.DuckDBPyConnection) -> None:
    who = "{did: order_placed, last_time: {older_than: 1 day, newer_than: 1 year}}"
    assert "p5" not in find(people, who)
    assert "p5" in find(people, who, utc(2026, 6, 15, 4, 29, 59))


def test_last_time_sees_events_older_than_the_bound(people: duckdb.DuckDBPyConnection) -> None:
    assert find(people, "{did: order_placed, last_time: {older_than: 1 year}}") == ["p4", "p5"]
    assert find(people, "{did: order_placed, first_time: {newer_than: 100 days}}") == ["p2"]


def test_between_holds_whole_days_where_the_workspace_is(people: duckdb.DuckDBPyConnection) -> None:
    # 2026-03-17 04:30 UTC is 05:30 in Warsaw, the same day; midnight there is 23:00 UTC the day before
    assert find(people, "{did: order_placed, between: [2026-03-17, 2026-03-17]}") == ["p1", "p2"]
    assert find(people, "{did: order_placed, between: [2026-03-18, 2026-06-13]}") == []


def test_s03_count_defaults_to_at_least_one(people: duckdb.DuckDBPyConnection) -> None:
    assert find(people, "{did: order_placed}") == ["p1", "p2", "p4", "p5"]
    assert find(people, "{did: order_placed, count: {exactly: 1}}") == ["p2", "p4", "p5"]
    assert find(people, "{did: order_placed, count: {at_least: 2, at_most: 3}}") == ["p1"]


def test_s04_did_not_is_a_set_difference(people: duckdb.DuckDBPyConnection) -> None:
    assert find(people, "{did: cart_updated}\n{did_not: order_placed, within_last: 90 days}") == ["p3", "p4", "p5"]


def test_s04_did_not_alone_runs_over_every_known_profile(people: duckdb.DuckDBPyConnection) -> None:
    assert find(people, "{did_not: order_placed}") == ["p3"]


def test_did_not_negates_the_whole_rule(people: duckdb.DuckDBPyConnection) -> None:
    assert find(people, "{did_not: order_placed, count: {at_least: 2}}") == ["p2", "p3", "p4", "p5"]


def test_s05_since_compares_with_the_last_of_the_same_member(people: duckdb.DuckDBPyConnection) -> None:
    who = "{did: trial_activated}\n{did_not: feature_used, since: trial_activated}"
    assert find(people, who) == ["p2", "p5"]
    assert find(people, "{did: feature_used, since: product_viewed}") == []
    assert find(people, "{did: ticket_opened, since: order_placed}") == ["p1"]


def test_s05_since_is_per_member_key(people: duckdb.DuckDBPyConnection) -> None:
    who = "{did: cart_updated, within_last: 24 hours}\n{did_not: order_placed, since: cart_updated}"
    assert find(people, who) == ["p1", "p2", "p3", "p5"]
    carts = find(people, who, per="cart_id")
    assert carts == ["p1/c12", "p2/c21", "p5/c51"], "cart c11 was ordered after its own last change"


def test_since_is_per_person_where_the_event_has_no_key(people: duckdb.DuckDBPyConnection) -> None:
    who = "{did: cart_updated, within_last: 24 hours}\n{did_not: ticket_opened, since: cart_updated}"
    assert find(people, who, per="cart_id") == ["p2/c21", "p5/c51"]


def test_s06_missing_values_match_no_comparison(people: duckdb.DuckDBPyConnection) -> None:
    for condition in ("is: x", "one_of: [x]", "contains: x", "starts_with: x", "ends_with: x", "matches: x"):
        assert "p3" not in find(people, f"{{trait: city, {condition}}}")
    for condition in ("above: 0", "below: 9", "at_least: 0", "at_most: 9", "between: [0, 9]"):
        assert "p3" not in find(people, f"{{trait: lifetime_value, {condition}}}")
    for condition in ("older_than: 1 day", "in_last: 9 years", "in_next: 9 years", "anniversary_month: this"):
        assert "p3" not in find(people, f"{{trait: birth_date, {condition}}}")


def test_s06_missing_values_match_negations(people: duckdb.DuckDBPyConnection) -> None:
    assert find(people, "{trait: country, is_not: PL}") == ["p3", "p4"]
    assert find(people, "{trait: country, not_one_of: [PL, DE]}") == ["p3", "p4"]
    assert find(people, "{trait: country, is_set: no}") == ["p3"]
    assert find(people, "{trait: country, is_set: yes}") == ["p1", "p2", "p4", "p5"]
    assert find(people, "{none_of: [{trait: country, is: PL}]}") == ["p3", "p4"]


def test_s07_29_february_is_celebrated_on_28_february(people: duckdb.DuckDBPyConnection) -> None:
    who = "{has: child, where: {birth_date: {anniversary_in: 3 days}}}"
    assert find(people, who, utc(2026, 2, 25, 12), per="child_id") == ["p2/k3"]
    assert find(people, who, utc(2026, 2, 26, 12), per="child_id") == []
    assert find(people, who, utc(2028, 2, 25, 12), per="child_id") == []
    assert find(people, who, utc(2028, 2, 26, 12), per="child_id") == ["p2/k3"]


def test_an_anniversary_is_after_the_first_day(people: duckdb.DuckDBPyConnection) -> None:
    assert find(people, "{trait: birth_date, anniversary_in: 3 days}") == ["p1"], "p4 is born on that very day"
    assert find(people, "{trait: birth_date, anniversary_month: this}") == ["p1", "p4"]
    assert find(people, "{trait: birth_date, anniversary_month: next}") == ["p5"]


def test_s07_today_is_the_day_where_the_workspace_is(people: duckdb.DuckDBPyConnection) -> None:
    who = "{has: child, where: {birth_date: {anniversary_in: 3 days}}}"
    assert find(people, who, utc(2026, 6, 14, 22, 30), per="child_id") == ["p1/k1"]
    assert find(people, who, utc(2026, 6, 14, 21, 30), per="child_id") == []


def test_days_of_a_timestamp_are_local(people: duckdb.DuckDBPyConnection) -> None:
    assert find(people, "{trait: first_order_at, on: 2026-06-15}") == ["p1"]
    assert find(people, "{trait: first_order_at, on: 2026-06-14}") == ["p2"]
    assert find(people, "{trait: first_order_at, after: 2026-06-14}") == ["p1"]
    assert find(people, "{trait: first_order_at, before: 2026-06-14}") == ["p4", "p5"]
    assert find(people, "{trait: first_order_at, anniversary_in: 1 year}", utc(2026, 6, 14, 22)) == ["p1", "p5"]


def test_dates_relative_to_today(people: duckdb.DuckDBPyConnection) -> None:
    assert find(people, "{trait: renews_on, in_next: 3 days}") == ["p1"]
    assert find(people, "{trait: renews_on, in_last: 14 days}") == ["p2"]
    assert find(people, "{trait: renews_on, older_than: 14 days}") == ["p4"]
    assert find(people, "{trait: renews_on, further_than: 3 days}") == ["p5"]
    assert find(people, "{trait: renews_on, is: 2026-06-15}") == ["p2"]
    assert find(people, "{trait: first_order_at, older_than: 1 year}") == ["p4", "p5"]


def test_text_operators_are_literal(people: duckdb.DuckDBPyConnection) -> None:
    assert find(people, "{trait: city, is: O'Fallon}") == ["p4"]
    assert find(people, "{trait: city, contains: '%'}") == []
    assert find(people, "{trait: city, contains: ak}") == ["p1"]
    assert find(people, "{trait: city, starts_with: K}") == ["p1", "p5"]
    assert find(people, "{trait: city, starts_with: ra}") == [], "p1's Kraków contains it"
    assert find(people, "{trait: city, ends_with: ków}") == ["p1"]
    assert find(people, "{trait: city, ends_with: ra}") == []
    assert find(people, "{trait: city, matches: '^[GK].*e$'}") == ["p5"]


def test_lists(people: duckdb.DuckDBPyConnection) -> None:
    assert find(people, "{trait: interests, includes_any: [toys, shoes]}") == ["p1", "p2", "p5"]
    assert find(people, "{trait: interests, includes_all: [toys, books]}") == ["p1"]
    assert find(people, "{trait: interests, size: {exactly: 1}}") == ["p2", "p4", "p5"]


def test_aggregates_of_the_events_that_remain(people: duckdb.DuckDBPyConnection) -> None:
    assert find(people, "{did: order_placed, within_last: 1 year, sum: {of: order_total, at_least: 320}}") == ["p1"]
    assert find(people, "{did: order_placed, within_last: 1 year, average: {of: order_total, above: 160}}") == ["p2"]
    assert find(people, "{did: order_placed, minimum: {of: order_total, below: 100}}") == ["p5"]
    assert find(people, "{did: order_placed, maximum: {of: order_total, exactly: 200}}") == ["p1"]
    assert find(people, "{did: product_viewed, distinct: {of: product_id, at_least: 2}}") == ["p2"]
    assert find(people, "{did: order_placed, where: {channel: store, order_total: {at_least: 100}}}") == ["p1", "p4"]


def test_related_records(people: duckdb.DuckDBPyConnection) -> None:
    assert find(people, "{has: child}") == ["p1", "p2", "p5"]
    assert find(people, "{has: child, count: {at_least: 2}}") == ["p1"]
    assert find(people, "{has: child, where: {shoe_size: {below: 25}}}") == ["p2"]
    assert find(people, "{has_no: child}\n{trait: is_employee, is: yes}") == ["p4"]


def test_can_receive_asks_for_the_purpose(people: duckdb.DuckDBPyConnection) -> None:
    assert find(people, "{can_receive: email}") == ["p1", "p2"]
    assert find(people, "{can_receive: email, for: service}") == ["p4"]
    assert find(people, "{any_of: [{can_receive: email}, {can_receive: sms}]}") == ["p1", "p2", "p5"]


def test_s10_nested_segments_read_stored_membership(people: duckdb.DuckDBPyConnection) -> None:
    assert find(people, "{in_segment: club}") == ["p2", "p4"]
    assert find(people, "{did: order_placed}\n{not_in_segment: club}") == ["p1", "p5"]
    assert find(people, "{did: order_placed}", exclude="[club]") == ["p1", "p5"]
    assert find(people, "{entered: {segment: club, in_last: 7 days}}") == ["p4"]
    assert find(people, "{left: {segment: club, in_last: 30 days}}") == ["p1"]


def test_nested_segments_read_who_was_in_at_as_of(people: duckdb.DuckDBPyConnection) -> None:
    assert find(people, "{in_segment: club}", utc(2026, 5, 1)) == ["p1", "p2"]
    assert find(people, "{in_segment: club}", utc(2026, 6, 1)) == ["p2"], "p1 left at that very instant"
    assert find(people, "{in_segment: club}", utc(2026, 6, 14)) == ["p2", "p4"], "p4 entered at that very instant"
    assert find(people, "{trait: plan, is: club}", utc(2026, 5, 1), exclude="[club]") == ["p4"]


@pytest.mark.parametrize(
    "who",
    [
        "in_segment: club",
        "entered: {segment: club, in_last: 1 year}",
        "left: {segment: club, in_last: 1 year}",
        "has: child",
    ],
)
def test_a_profile_that_was_merged_or_deleted_since_is_no_member(who: str) -> None:
    """Stored stays and related records may be older than the profiles, and the rule stands alone."""
    with world() as people:
        before = members(people, rule(who))
        people.execute("insert into segments.segment_club values ('gone', '', '2026-06-01', null)")
        people.execute("insert into segments.segment_club values ('gone', '', '2026-05-01', '2026-05-02')")
        people.execute("insert into profiles.profile_children values ('gone', 'k9', '2021-06-18', 25)")
        assert before and members(people, rule(who)) == before
        if who == "has: child":
            assert "gone/k9" not in members(people, rule(who, per="child_id"))


def test_logic_nests(people: duckdb.DuckDBPyConnection) -> None:
    no_staff = "{none_of: [{trait: is_employee, is: yes}]}"
    who = f"{{any_of: [{{trait: plan, is: trial}}, {{all_of: [{{in_segment: club}}, {no_staff}]}}]}}"
    assert find(people, who) == ["p1", "p2", "p5"]


def test_alternatives_can_bring_member_keys(people: duckdb.DuckDBPyConnection) -> None:
    who = "{any_of: [{did: cart_updated, within_last: 2 hours}, {did: order_placed, within_last: 1 day}]}"
    assert find(people, who, per="cart_id") == ["p1/c11", "p2/c21", "p5/c51"]


def test_s09_top_breaks_ties_by_profile_id(people: duckdb.DuckDBPyConnection) -> None:
    assert find(people, "{did: order_placed}", top="{n: 2, by: lifetime_value}") == ["p1", "p2"]
    assert find(people, "{did: order_placed}", top="{percent: 75, by: lifetime_value}") == ["p1", "p2", "p4"]


def test_a_missing_value_is_never_on_top(people: duckdb.DuckDBPyConnection) -> None:
    assert find(people, "{did: cart_updated}", top="{n: 100, by: lifetime_value}") == ["p1", "p2", "p4", "p5"]


def test_s08_splits_share_out_everybody_once(people: duckdb.DuckDBPyConnection) -> None:
    drawn = find(people, "{trait: plan, is_set: yes}", sample="{percent: 40, salt: a}")
    others = find(people, "{trait: plan, is_set: yes}", holdout="{percent: 40, salt: a}")
    assert sorted(drawn + others) == ["p1", "p2", "p4", "p5"]


def test_for_at_least_includes_its_limit(people: duckdb.DuckDBPyConnection) -> None:
    assert find(people, "{trait: plan, is: trial, for_at_least: 3 days}") == ["p1"]
    assert find(people, "{trait: plan, is: trial, for_at_least: 3 days}", utc(2026, 6, 15, 4, 29, 59)) == []
    assert find(people, "{trait: plan, is: club, for_at_least: 3 days}") == ["p2"], "p4 lacks a second"


def test_for_at_least_is_broken_by_a_missing_value(people: duckdb.DuckDBPyConnection) -> None:
    assert find(people, "{trait: plan, is: trial, for_at_least: 1 day}") == ["p1", "p5"]
    assert find(people, "{trait: plan, is: trial, for_at_least: 2 days}") == ["p1"], "p5 had no plan on 13 June"
    assert find(people, "{trait: plan, is_not: club, for_at_least: 2 days}") == ["p1", "p5"], "nothing is not the club"


@pytest.mark.parametrize(("gone", "back", "found"), [("06-13", "06-13", ["p2", "p3"]), ("06-13", "06-14", ["p2"])])
def test_for_at_least_is_broken_by_a_time_without_history(gone: str, back: str, found: list[str]) -> None:
    with world() as connection:
        connection.execute("update profiles.profiles set plan = 'club' where profile_id = 'p3'")
        connection.execute(f"""insert into profiles.profile_trait_history values
            ('p3', 'plan', 'club', '2025-01-01', '2026-{gone}'), ('p3', 'plan', 'club', '2026-{back}', null)""")
        assert find(connection, "{trait: plan, is: club, for_at_least: 3 days}") == found


def test_for_at_least_is_not_broken_by_another_value_that_fits(people: duckdb.DuckDBPyConnection) -> None:
    assert find(people, "{trait: lifetime_value, above: 900, for_at_least: 1 week}") == ["p1"]
    assert find(people, "{trait: lifetime_value, above: 1000, for_at_least: 1 week}") == []


@pytest.mark.parametrize("city", ["Kraków", "Krakow", "KRAKÓW", "cracow", " krakow "])
def test_a_city_resolves_however_it_is_spelled(people: duckdb.DuckDBPyConnection, city: str) -> None:
    assert find(people, f"{{near: {{city: '{city}', within_km: 1}}}}") == ["p1"]


def test_near_is_the_great_circle(people: duckdb.DuckDBPyConnection) -> None:
    assert find(people, "{near: {city: Kielce, within_km: 103}}") == ["p1", "p5"], "Kraków is 102.5 km away"
    assert find(people, "{near: {city: Kielce, within_km: 102}}") == ["p5"]
    assert find(people, "{near: {lat: -38.59, lon: 89.3, within_km: 20010}}") == ["p1", "p2", "p5"], "p4's antipodes"
    assert find(people, "{near: {lat: -38.59, lon: 89.3, within_km: 20016}}") == ["p1", "p2", "p4", "p5"]


def test_near_goes_on_beyond_the_date_line(people: duckdb.DuckDBPyConnection) -> None:
    across = "{near: {lat: 38.59, lon: 180, within_km: %d}}"
    west = "{near: {lat: 38.59, lon: -180, within_km: %d}}"
    assert find(people, across % 7600) == find(people, west % 7600) == ["p4"]
    assert find(people, across % 7400) == find(people, west % 7400) == []


def test_an_uploaded_list_finds_people_through_the_identity_graph(people: duckdb.DuckDBPyConnection) -> None:
    assert find(people, "{in_list: fair_guests}") == ["p1", "p3", "p5"], "u3 is a user id, not p4's address"


def test_top_of_everyone_ranks_those_who_are_no_members_too(people: duckdb.DuckDBPyConnection) -> None:
    who = "{can_receive: email}"
    assert find(people, who, top="{n: 1, by: lifetime_value}") == ["p1"]
    assert find(people, "{in_segment: club}", top="{n: 2, by: lifetime_value, of: everyone}") == ["p2"]
    assert find(people, who, top="{n: 1, by: lifetime_value, of: club}") == ["p2"]
    assert find(people, who, top="{percent: 40, by: lifetime_value, of: everyone}") == ["p1", "p2"]
