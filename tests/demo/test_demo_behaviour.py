"""The people behave: cohorts exist, nobody is awake in the small hours, the truth fits the files."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import phonenumbers
import pytest
from demo_company import Company

from heddle.demo import DEFAULT_AS_OF

AS_OF = DEFAULT_AS_OF.replace(tzinfo=None)
WARSAW, UTC = ZoneInfo("Europe/Warsaw"), ZoneInfo("UTC")


def instant(text: str) -> datetime | None:
    try:
        return datetime.fromisoformat(text).replace(tzinfo=None)
    except ValueError:
        return None


def group(company: Company, name: str) -> list[dict[str, Any]]:
    return [row for row in company.truth("people") if row["group"] == name]


@pytest.fixture(scope="module")
def clean_orders(company: Company) -> list[dict[str, Any]]:
    rows = {row["order_id"]: row for row in company.table("shop/orders-*.parquet").to_pylist() if row["total"] > 0}
    return [row for key, row in rows.items() if key]


def test_good_buyers_who_ignore_mail(company: Company, clean_orders: list[dict[str, Any]]) -> None:
    spent, delivered, opened = defaultdict(list), Counter[str](), Counter[str]()
    for order in clean_orders:
        if order["ordered_at"] > AS_OF - timedelta(days=365):
            spent[order["customer_id"]].append(order["total"])
    for row in company.json_rows("email/events*.jsonl"):
        at = instant(row["occurred_at"])
        if at and at > AS_OF - timedelta(days=90):
            delivered[row["email"]] += row["event"] == "delivered"
            opened[row["email"]] += row["event"] == "opened"
    texting = {
        row["address"]
        for row in company.csv_rows("consents/*.csv")
        if row["channel"] == "sms" and row["status"] == "granted"
    }
    texting = {re.sub(r"\D", "", address)[-9:] for address in texting}
    members = [
        person
        for person in group(company, "good_buyer_sms_only")
        if spent[person["user_id"]]
        and sum(spent[person["user_id"]]) / len(spent[person["user_id"]]) > 150
        and delivered[person["email"]] >= 5
        and not opened[person["email"]]
        and person["phone"][-9:] in texting
    ]
    assert len(members) >= 0.065 * company.summary.people
    assert len(members) == len(group(company, "good_buyer_sms_only"))


def test_carts_left_in_the_last_day(company: Company) -> None:
    moments = [
        instant(row["timestamp"]) for row in company.json_rows("*/events-*.jsonl") if row.get("event") == "Cart Updated"
    ]
    fresh = [at for at in moments if at and AS_OF - timedelta(hours=24) < at <= AS_OF - timedelta(hours=1)]
    old = [at for at in moments if at and at < AS_OF - timedelta(days=30)]
    assert len(fresh) >= 0.015 * company.summary.people
    assert len(old) > len(fresh)


def test_trials_with_and_without_use(company: Company) -> None:
    activated, used = {}, set()
    for row in company.json_rows("club/*.jsonl"):
        at = instant(row["occurred_at"])
        if at and row["event"] == "trial_activated" and timedelta(days=3) < AS_OF - at < timedelta(days=10):
            activated[row["user_id"]] = at
        elif row["event"] == "feature_used":
            used.add(row["user_id"])
    assert len(activated) >= 0.012 * company.summary.people
    assert activated.keys() & used and activated.keys() - used


def test_people_not_seen_for_two_years(company: Company, clean_orders: list[dict[str, Any]]) -> None:
    lost = {person["user_id"]: person["email"] for person in group(company, "lost")}
    assert len(lost) >= 0.08 * company.summary.people
    limit = AS_OF - timedelta(days=730)
    assert not [o for o in clean_orders if o["customer_id"] in lost and o["ordered_at"] > limit]
    for row in company.json_rows("*/events-*.jsonl"):
        at = instant(row.get("timestamp") or row["occurred_at"])
        mine = row.get("userId") in lost or row.get("user_id") in lost or row.get("email") in lost.values()
        if mine and at and at < AS_OF:
            assert at < limit


def test_birthdays_within_three_days(company: Company) -> None:
    days = {(AS_OF.date() + timedelta(days=n)).strftime("%m-%d") for n in range(4)}
    answers = " ".join(row["children"] for row in company.csv_rows("crm/*.csv"))
    born = [date.fromisoformat(text) for text in re.findall(r"\d{4}-\d\d-\d\d", answers)]
    soon = Counter(day.strftime("%m-%d") for day in born)
    assert sum(soon[day] for day in days) >= 5
    assert (AS_OF.date() + timedelta(days=3)).strftime("%m-%d") in soon
    assert max(born) < AS_OF.date()


def test_nobody_is_awake_in_the_small_hours(company: Company) -> None:
    moments = [
        at
        for row in company.json_rows("*/*.jsonl")
        for key in ("timestamp", "occurred_at")
        if key in row and (at := instant(row[key]))
    ]
    for pattern in ("crm", "pos", "loyalty", "consents", "support"):
        for row in company.csv_rows(f"{pattern}/*.csv"):
            moments += [at for key in row if key.endswith("_at") and (at := instant(row[key]))]
    for table in ("orders-", "carts", "customers"):
        for row in company.table(f"shop/{table}*.parquet").to_pylist():
            moments += [row[key] for key in row if key.endswith("_at")]
    skewed = sum(entry["odd_by"].get("future_timestamp", 0) for entry in company.broken().values())
    local = [at.replace(tzinfo=UTC).astimezone(WARSAW).time() for at in moments]
    quiet = [at for at in local if (3, 0) <= (at.hour, at.minute) < (6, 30)]
    assert len(quiet) <= skewed
    # What leaves a window of whole days or hours between the run at 04:30 UTC and the next one.
    leaving = [at for at in moments if (4, 30) <= (at.hour, at.minute) < (4, 45)]
    assert len(leaving) <= skewed
    expiring = {at for row in company.csv_rows("loyalty/points*.csv") if (at := instant(row["expires_at"]))}
    future = [at for at in moments if at > AS_OF and at not in expiring]
    assert len(set(future)) <= skewed


def test_the_truth_fits_the_files(company: Company, clean_orders: list[dict[str, Any]]) -> None:
    records = {(row["source"], row["record_id"]) for row in company.truth("records")}
    people = {row["person_id"] for row in company.truth("people")}
    assert {row["person_id"] for row in company.truth("records")} <= people
    assert len(people) == company.summary.people
    for order in clean_orders:
        key = f"u:{order['customer_id']}" if order["customer_id"] else f"o:{order['order_id']}"
        assert ("shop", key) in records
    for source in ("web", "app"):
        for row in company.json_rows(f"{source}/*.jsonl"):
            assert (source, f"a:{row['anonymousId']}") in records
            assert not row["userId"] or (source, f"u:{row['userId']}") in records
    natives = {"crm/contacts": "c:contact_id", "loyalty/members": "l:loyalty_id", "support/tickets": "t:ticket_id"}
    for name, key in natives.items():
        prefix, column = key.split(":")
        for row in company.csv_rows(f"{name}*.csv"):
            assert (name.split("/")[0], f"{prefix}:{row[column]}") in records
    for row in company.csv_rows("pos/*.csv"):
        key = f"card:{row['card_number']}" if row["card_number"] else f"r:{row['receipt_id']}"
        assert ("pos", key) in records


def test_numbers_are_valid_and_mail_goes_nowhere(company: Company) -> None:
    numbers = [row["phone"] for row in company.truth("people")]
    assert len(set(numbers)) == len(numbers)
    assert all(phonenumbers.is_valid_number(phonenumbers.parse(number)) for number in numbers)
    emails = {row["identifier_value"] for row in company.truth("identifiers") if row["identifier_type"] == "email"}
    assert all(re.fullmatch(r"[a-z.0-9]+@(example\.(com|org|net)|[a-z]+\.example)", email) for email in emails)


def test_families_share_devices_and_junk_is_shared_by_many(company: Company) -> None:
    users: dict[str, set[str]] = defaultdict(set)
    for row in company.json_rows("*/events-*.jsonl"):
        if row.get("userId"):
            users[row["anonymousId"]].add(row["userId"])
    shared = sum(len(ids) > 1 for ids in users.values())
    assert 0 < shared < 0.05 * company.summary.people
    contacts = Counter(row["email"] for row in company.csv_rows("crm/*.csv"))
    assert any(contacts[junk] for junk in ("test@test.com", "N/A", "brak", "info@biuro.example", "a@a.a", "-"))


def test_consents_and_engagement_have_every_kind(company: Company) -> None:
    assert {row["status"] for row in company.csv_rows("consents/*.csv")} >= {"granted", "denied", "withdrawn"}
    events = Counter(row["event"] for row in company.json_rows("email/*.jsonl"))
    kinds = {"delivered", "opened", "machine_opened", "clicked", "bounced", "complained", "unsubscribed"}
    assert set(events) == kinds
    bounces = {row["bounce_type"] for row in company.json_rows("email/*.jsonl")}
    assert bounces == {None, "hard", "soft"}


def test_identify_comes_with_every_login_of_a_new_device(company: Company) -> None:
    linked, seen = set(), set()
    for row in company.json_rows("*/events-*.jsonl"):
        if row.get("userId"):
            seen.add((row["anonymousId"], row["userId"]))
            if row["type"] == "identify":
                linked.add((row["anonymousId"], row["userId"]))
    assert seen == linked
