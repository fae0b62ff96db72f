"""The stages after staging, built by dbt with all their tests on the rows of company.py."""

from company import AS_OF
from shapes_project import ShapesProject

ANNA = "(select profile_id from identity.identity_records where record_id = 'u:1')"


def test_identifiers_in_common_make_one_person(built: ShapesProject) -> None:
    people = built.rows("select list(record_id order by record_id) from identity.identity_records group by profile_id")
    groups = sorted(records for (records,) in people)
    assert groups == [
        ["a:browser-1", "c:1", "l:1", "u:1"],
        ["a:browser-9"],
        ["c:9"],
        *([f"u:{n}"] for n in (10, 11, 12, 13, 2, 3)),
    ]


def test_what_the_guards_withheld_is_kept_with_its_reason(built: ShapesProject) -> None:
    assert set(built.rows("select node_value, guard, reason, people from identity.identity_quarantine")) == {
        ("test@test.com", "block_list", "placeholder", 2),
        ("info@firm.example", "block_list", "role_mailbox", 2),
        ("+10000000000", "block_list", "placeholder", 1),
        ("family@mail.example", "degree_cap", "seen with 4 user_ids, limit 3", 4),
    }


def test_golden_attributes_name_their_source_and_end_at_the_run(built: ShapesProject) -> None:
    columns = "first_name, city, city_source, city_observed_at::varchar, phone, birth_date::varchar, plan, is_anonymous"
    assert built.rows(f"select {columns} from profiles.profiles where profile_id = {ANNA}") == [
        ("Ania", "Gdańsk", "fx", "2026-01-01 10:00:00", "+48600100200", "1990-04-05", "trial", False)
    ]
    assert built.rows("select count(*) from profiles.profiles where is_employee") == [(1,)]


def test_order_facts_end_at_the_run_and_leave_returns_out(built: ShapesProject) -> None:
    values = "orders_count, lifetime_value, average_order_value, returns_count, returns_value"
    assert built.rows(
        f"select {values}, favourite_category, lifecycle_stage from profiles.profiles where profile_id = {ANNA}"
    ) == [(2, 160.3, 80.15, 1, 20.0, "toys", "active")]


def test_every_order_line_is_accounted_for(built: ShapesProject) -> None:
    assert built.rows("select count(*) from profiles.profile_order_lines") == [(6,)]
    assert set(built.rows("select order_id, reason from profiles.unattributed_order_lines")) == {
        ("o5", "no_record"),
        ("o6", "record_without_identifier"),
    }


def test_engagement_is_counted_in_the_window(built: ShapesProject) -> None:
    columns = "emails_delivered_90d, emails_opened_90d, last_seen_at::varchar, first_seen_at::varchar"
    assert built.rows(f"select {columns} from profiles.profiles where profile_id = {ANNA}") == [
        (1, 1, "2026-06-15 03:00:00", "2025-01-01 10:00:00")
    ]


def test_events_are_stored_by_event_and_time(built: ShapesProject) -> None:
    stored = built.rows("select event, occurred_at from profiles.profile_events order by rowid")
    assert stored == sorted(stored)
    assert len(stored) == 9  # the tenth is of a record without an identifier


def test_spans_are_those_of_the_events_in_their_order(built: ShapesProject) -> None:
    stored = built.rows(
        "select profile_id, event, first_at, last_at, events from profiles.profile_event_spans order by rowid"
    )
    assert [row[:2] for row in stored] == sorted(row[:2] for row in stored)
    events = """select profile_id, event, min(occurred_at), max(occurred_at), count(*) from profiles.profile_events
        group by profile_id, event"""
    assert sorted(stored) == sorted(built.rows(events))
    assert sum(row[4] for row in stored) == 9  # also the one after the run


def test_one_child_told_twice_is_one_child(built: ShapesProject) -> None:
    assert set(built.rows("select child_id, first_name from profiles.profile_children")) == {
        ("child-1", "Zosia"),
        ("child-3", "Jan"),
    }


def test_the_newest_state_of_a_cart_is_kept(built: ShapesProject) -> None:
    assert built.rows("select cart_id, total from profiles.profile_carts") == [("k1", 90.0)]


def test_points_that_expire_are_within_the_balance(built: ShapesProject) -> None:
    assert built.rows(
        "select points_balance, points_expiring_30d from profiles.profiles where points_balance is not null"
    ) == [(70.0, 70.0)]


def test_the_address_to_write_to_is_one_with_consent(built: ShapesProject) -> None:
    reach = "from profiles.profile_reachability"
    anna = f"select channel, address, reason {reach} where profile_id = {ANNA} and purpose = 'marketing'"
    assert set(built.rows(anna)) == {
        ("email", "anna.private@mail.example", "ok"),
        ("sms", "+48600100200", "no_consent"),
        ("ads", "+48600100200", "no_consent"),
    }
    family = f"select distinct reason {reach} where address = 'family@mail.example' and channel = 'email'"
    assert built.rows(family) == [("unsubscribed",)]


def test_a_trait_holds_since_it_was_observed(built: ShapesProject) -> None:
    history = f"select trait, value, valid_from::varchar from profiles.profile_trait_history where profile_id = {ANNA}"
    assert set(built.rows(history)) == {
        ("city", "Gdańsk", "2026-01-01 10:00:00"),
        ("plan", "trial", "2026-06-01 10:00:00"),
        ("lifecycle_stage", "active", AS_OF),
        ("is_employee", "false", AS_OF),
    }


def test_a_shape_that_nobody_listed_is_an_error_and_not_missing_without_a_word(copy: ShapesProject) -> None:
    file = copy.folder / "dbt_project/dbt_project.yml"
    file.write_text(file.read_text().replace("- children", "- childern"))
    said = copy.dbt("run", AS_OF, "--select", "profile_children")["profile_children"]
    assert str(said.status) == "error"
    assert "stg_fx__children gives the shape children, and vars: feeds: of dbt_project.yml does not list it" in (
        said.message
    )
