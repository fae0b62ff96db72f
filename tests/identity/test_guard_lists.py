"""The guards' lists as they are in the repository: well formed, nobody's real mailbox, and what they match."""

import csv
import hashlib
import re
from collections import Counter
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jinja2 import Environment, FileSystemLoader

ROOT = Path(__file__).parents[2]
SEEDS = ROOT / "dbt_project/seeds"
MACROS = ROOT / "dbt_project/macros"
PUBLISHED = ROOT.parent / "shared/data/guardrails"
LISTS = {
    "identity_block_list": {"value", "pattern", "prefix", "local_part", "domain"},
    "identity_role_mailboxes": {"local_part"},
    "identity_disposable_domains": {"domain"},
    "identity_fictitious_phones": {"value", "pattern", "prefix"},
}
TYPES = [
    *("user_id", "loyalty_id", "crm_id", "email", "phone", "household_id"),
    *("anonymous_id", "device_id", "push_token", "cookie"),
]
COLUMNS = ["identifier_type", "match", "value", "reason", "origin"]
INITIALS = {"hr", "it", "pr", "hq", "hi", "rh", "cs", "cv"}
# Subdomains that temporary inbox services give out; the published list of free mail has them.
GIVEN_OUT = ("@aa.da.mail-temp.com", "@dgd.mail-temp.com", "@farifluset.mailexpire.com", "@wasd.dropmail.me")


def seed(name: str) -> list[dict[str, str]]:
    with (SEEDS / f"{name}.csv").open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def published(name: str) -> list[str]:
    if not (PUBLISHED / name).is_file():
        pytest.skip(f"the published list {name} is not on this machine (looked in {PUBLISHED})")
    return (PUBLISHED / name).read_text().split("\n")


RULES = [row for name in LISTS for row in seed(name)]


class CrossDatabase:
    """The two macros of dbt's own that the matching calls, as DuckDB has them."""

    @staticmethod
    def split_part(text: str, delimiter: str, part: int) -> str:
        return f"split_part({text}, {delimiter}, {part})"

    @staticmethod
    def position(piece: str, text: str) -> str:
        return f"position({piece} in {text})"


def matching() -> str:
    """The SQL of the macro `block_list_hits` on the tables `identifiers` and `rules`."""
    environment = Environment(loader=FileSystemLoader(MACROS))
    environment.globals |= {"dbt": CrossDatabase, "return": lambda value: value}
    module: Any = environment.get_template("block_list_hits.sql").module
    return str(module.block_list_hits("identifiers", "rules"))


@pytest.fixture(scope="module")
def warehouse() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect(config={"threads": 1}) as connection:
        connection.execute(f"create table lists ({', '.join(f'{name} text' for name in COLUMNS)})")
        for name in LISTS:
            connection.execute(f"copy lists from '{SEEDS / name}.csv' (format csv, header true)")
        connection.execute("create table rules as select row_number() over () as rule, * from lists")
        connection.execute("create table identifiers (node bigint, node_type text, node_value text)")
        yield connection


def blocked(warehouse: duckdb.DuckDBPyConnection, kind: str, values: list[str]) -> set[str]:
    warehouse.execute("delete from identifiers")
    warehouse.execute(
        "insert into identifiers select row_number() over (), ?, v from unnest(?) as t(v)", [kind, values]
    )
    hits = warehouse.execute(f"select node_value, node, rule from identifiers join ({matching()}) as hits using (node)")
    found = hits.fetchall()
    assert len({(node, rule) for _, node, rule in found}) == len(found), "a rule names an identifier once"
    return {value for value, _, _ in found}


@pytest.mark.parametrize("name", LISTS)
def test_every_row_is_well_formed(name: str) -> None:
    rows = seed(name)
    assert list(rows[0]) == COLUMNS
    twice = [
        key for key, n in Counter((r["identifier_type"], r["match"], r["value"].lower()) for r in rows).items() if n > 1
    ]
    assert not twice
    for row in rows:
        kind, match, value = row["identifier_type"], row["match"], row["value"]
        assert all(cell and cell == cell.strip() for cell in row.values()), row
        assert match in LISTS[name] and (match == "value" or value == value.lower()), row
        assert kind in TYPES or (kind == "*" and match in ("value", "pattern")), row
        assert kind == "email" or match not in ("local_part", "domain"), row
        assert value != "null", f"dbt loads a bare null as nothing: {row}"
        assert "\\" not in value, f"nothing escapes in a pattern, and some engines think so: {row}"
        assert match == "pattern" or "%" not in value, row
        assert match != "pattern" or re.sub("[%_]", "", value), f"a pattern of wildcards only: {row}"
        assert match != "prefix" or re.fullmatch(r"\+\d{2,}", value), row
        assert match != "domain" or re.fullmatch(r"[a-z0-9-]+(\.[a-z0-9-]+)*", value), row
        assert match != "local_part" or re.fullmatch(r"[a-z0-9._-]{2,}", value), row


def test_two_letters_are_initials_with_few_exceptions() -> None:
    short = {row["value"] for row in RULES if row["match"] == "local_part" and len(row["value"]) == 2}
    assert short <= INITIALS


def test_no_free_mail_domain_is_blocked(warehouse: duckdb.DuckDBPyConnection) -> None:
    addresses = [f"anna.nowak77@{domain}" for domain in published("freemail_free.txt") if domain]
    assert {a for a in blocked(warehouse, "email", addresses) if not a.endswith(GIVEN_OUT)} == set()


def test_role_mailboxes_cover_most_of_a_published_list(warehouse: duckdb.DuckDBPyConnection) -> None:
    """Not all of it: the rest are cities, years, brands and words that people use for themselves (family, home)."""
    names = [name for name in published("role_based_localparts.txt") if name]
    assert len(blocked(warehouse, "email", [f"{name}@firm.example" for name in names])) >= 0.6 * len(names)


def test_disposable_domains_are_known_as_such() -> None:
    known = {*published("disposable_email_blocklist.conf"), *published("freemail_disposable.txt")}
    ours = {row["value"] for row in seed("identity_disposable_domains")}
    assert len(ours) >= 500
    assert ours - known == {"temp-mail.io", "tempmail.com", "tempmail.net"}


def test_every_published_fictitious_range_is_covered(warehouse: duckdb.DuckDBPyConnection) -> None:
    # One pattern has a comma in it and no quotes around it, so this is no file for a CSV reader.
    patterns = [
        pattern for line in published("fictitious_phone_ranges.csv") for pattern in re.findall(r"\^(.*?)\$,", line)
    ]
    assert len(patterns) == 11
    for pattern in patterns:
        inside = st.from_regex(re.compile(pattern, re.ASCII), fullmatch=True)

        @settings(max_examples=3, deadline=None, derandomize=True, database=None)
        @given(numbers=st.lists(inside, min_size=20, max_size=20))
        def covered(numbers: list[str]) -> None:
            assert blocked(warehouse, "phone", numbers) == set(numbers), pattern  # noqa: B023

        covered()


@pytest.mark.parametrize("kind", TYPES)
def test_what_is_blocked_and_what_is_not(warehouse: duckdb.DuckDBPyConnection, kind: str) -> None:
    """guard_samples.csv: an identifier per line; among them an address at every large provider of mail and relays."""
    with (Path(__file__).parent / "guard_samples.csv").open(newline="") as file:
        samples = [row for row in csv.DictReader(file) if row["identifier_type"] == kind]
    assert samples
    expected = {row["value"] for row in samples if row["is_blocked"] == "yes"}
    assert blocked(warehouse, kind, [row["value"] for row in samples]) == expected


@pytest.mark.parametrize("word", ["", "null", "undefined", "none", "unknown", " "])
@pytest.mark.parametrize("algorithm", ["md5", "sha1", "sha256"])
def test_hashes_of_nothing_are_blocked(warehouse: duckdb.DuckDBPyConnection, algorithm: str, word: str) -> None:
    digest = hashlib.new(algorithm, word.encode()).hexdigest()
    assert blocked(warehouse, "device_id", [digest.upper()]) == {digest.upper()}


def test_rules_cover_every_type_once() -> None:
    rules = {row["identifier_type"]: row for row in seed("identity_rules")}
    assert list(rules) == [*TYPES, "record"]
    assert [name for name, row in rules.items() if row["is_anchor"] == "true"] == ["user_id"]
    assert rules["user_id"]["max_user_ids"] == ""
    assert all(int(row["max_user_ids"]) > 0 for name, row in rules.items() if name != "user_id")
    assert sorted(int(row["priority"]) for row in rules.values()) == list(range(1, len(rules) + 1))


def test_overrides_are_decisions_somebody_answers_for() -> None:
    header = (SEEDS / "identity_overrides.csv").read_text().splitlines()[0]
    assert header == "kind,left_type,left_value,right_type,right_value,who,why,decided_at"
    for row in seed("identity_overrides"):
        assert row["kind"] in ("always_link", "never_link") and all(row.values()), row
        datetime.fromisoformat(row["decided_at"])
