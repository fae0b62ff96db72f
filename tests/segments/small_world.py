"""A dozen people whose every fact is written here by hand. As of 2026-06-15 04:30 UTC, 06:30 in Warsaw."""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

import duckdb

from heddle.segments import Catalog, Clock, compile_segment, load_catalog, parse_segment, sql_text
from heddle.segments.vocabulary import check_words


def utc(*parts: int) -> datetime:
    """A naive UTC timestamp, as the warehouse keeps it."""
    return datetime(*parts, tzinfo=UTC).replace(tzinfo=None)  # type: ignore[arg-type, misc]  # parts end before tzinfo


AS_OF = utc(2026, 6, 15, 4, 30)
ZONE = "Europe/Warsaw"
CATALOG_FOLDER = Path(__file__).parent / "catalog"

TABLES = """
create schema if not exists profiles;
create schema if not exists segments;
create table profiles.profiles (
    profile_id varchar, first_name varchar, city varchar, country varchar, plan varchar, birth_date date,
        renews_on date,
    first_order_at timestamp, lifetime_value double precision, is_employee boolean, interests varchar[],
        latitude double precision, longitude double precision, time_zone varchar
);
insert into profiles.profiles values
    ('p1', 'Ana', 'Kraków', 'PL', 'trial', '1990-06-18', '2026-06-18', '2026-06-14 22:30:00', 1200, false,
        array['toys', 'books'], 50.06, 19.94, null),
    ('p2', 'Bo', 'Gdynia', 'PL', 'club', '1988-02-29', '2026-06-15', '2026-06-14 21:30:00', 300, false,
        array['toys'], 54.52, 18.53, 'Europe/Warsaw'),
    ('p3', 'Cy', null, null, null, null, null, null, null, null, null, null, null, null),
    ('p4', 'D''Arcy', 'O''Fallon', 'US', 'club', '2026-06-18', '2026-06-01', '2024-01-10 10:00:00', 300, true,
        array['books'], 38.59, -90.7, null),
    ('p5', 'Eve', 'Kielce', 'PL', 'trial', '1990-07-01', '2026-07-15', '2025-06-15 04:30:00', 50, false,
        array['shoes'], 50.87, 20.63, null);
create table profiles.profile_events (
    profile_id varchar, event varchar, occurred_at timestamp, event_id varchar, order_id varchar, cart_id varchar,
    product_id varchar, category varchar, amount double precision, channel varchar
);
insert into profiles.profile_events values
    ('p4', 'cart_updated', '2026-06-13 04:30:00', 'e01', null, 'c41', null, null, 90, 'web'),
    ('p1', 'cart_updated', '2026-06-14 10:00:00', 'e02', null, 'c11', null, null, 50, 'web'),
    ('p1', 'cart_updated', '2026-06-14 12:00:00', 'e03', null, 'c12', null, null, 80, 'web'),
    ('p3', 'cart_updated', '2026-06-14 12:00:00', 'e04', null, null, null, null, 10, 'app'),
    ('p2', 'cart_updated', '2026-06-15 03:30:00', 'e05', null, 'c21', null, null, 60, 'web'),
    ('p5', 'cart_updated', '2026-06-15 04:00:00', 'e06', null, 'c51', null, null, 20, 'app'),
    ('p5', 'cart_updated', '2026-06-15 05:00:00', 'e07', null, 'c51', null, null, 20, 'app'),
    ('p1', 'order_placed', '2026-06-14 11:00:00', 'e08', 'o1', 'c11', null, null, 200, 'web'),
    ('p1', 'order_placed', '2025-06-15 04:30:00', 'e09', 'o2', null, null, null, 100, 'store'),
    ('p1', 'order_placed', '2026-03-17 04:30:00', 'e10', 'o3', null, null, null, 120, 'app'),
    ('p2', 'order_placed', '2026-03-17 04:30:01', 'e11', 'o4', null, null, null, 300, 'web'),
    ('p4', 'order_placed', '2024-01-10 10:00:00', 'e12', 'o5', null, null, null, 300, 'store'),
    ('p5', 'order_placed', '2025-06-15 04:30:00', 'e13', 'o6', null, null, null, 50, 'store'),
    ('p5', 'order_placed', '2026-06-15 04:30:01', 'e14', 'o7', null, null, null, 999, 'store'),
    ('p1', 'product_viewed', '2026-06-10 10:00:00', 'e15', null, null, 'k1', 'toys', null, 'web'),
    ('p1', 'product_viewed', '2026-06-10 11:00:00', 'e16', null, null, 'k1', 'toys', null, 'web'),
    ('p2', 'product_viewed', '2026-06-10 12:00:00', 'e17', null, null, 'k1', 'toys', null, 'web'),
    ('p2', 'product_viewed', '2026-06-11 12:00:00', 'e18', null, null, 'k2', null, null, 'web'),
    ('p2', 'trial_activated', '2026-05-01 12:00:00', 'e19', null, null, null, null, null, 'app'),
    ('p5', 'trial_activated', '2026-06-10 12:00:00', 'e20', null, null, null, null, null, 'app'),
    ('p5', 'feature_used', '2026-06-09 12:00:00', 'e21', null, null, null, 'search', null, 'app'),
    ('p2', 'feature_used', '2026-05-01 12:00:00', 'e22', null, null, null, 'search', null, 'app'),
    ('p1', 'ticket_opened', '2026-06-14 13:00:00', 'e23', null, null, null, null, null, 'web'),
    ('p4', 'product_viewed', '2026-06-12 10:00:00', 'e24', null, null, 'k3', 'toys', null, 'web'),
    ('p5', 'product_viewed', '2026-06-15 03:00:00', 'e25', null, null, 'k1', 'toys', null, 'web'),
    ('p1', 'product_added_to_cart', '2026-06-10 11:30:00', 'e26', null, 'c13', 'k1', 'toys', null, 'web'),
    ('p2', 'product_added_to_cart', '2026-06-10 13:00:00', 'e27', null, 'c22', 'k1', 'toys', null, 'web'),
    ('p2', 'product_added_to_cart', '2026-06-11 12:10:00', 'e28', null, 'c22', 'k1', 'toys', null, 'web'),
    ('p4', 'product_added_to_cart', '2026-06-12 10:30:00', 'e29', null, 'c42', 'k3', 'toys', null, 'web'),
    ('p5', 'product_added_to_cart', '2026-06-15 03:45:00', 'e30', null, 'c51', 'k1', 'toys', null, 'web'),
    ('p2', 'checkout_started', '2026-06-10 14:00:01', 'e31', null, 'c22', null, null, null, 'web'),
    ('p4', 'checkout_started', '2026-06-12 11:30:00', 'e32', null, 'c42', null, null, null, 'web'),
    ('p1', 'store_visited', '2026-06-14 10:00:00', 'e33', null, null, null, null, 10, 'north'),
    ('p1', 'store_visited', '2026-06-07 10:00:00', 'e34', null, null, null, null, 20, 'north'),
    ('p1', 'store_visited', '2026-05-25 04:30:01', 'e35', null, null, null, null, 30, 'south'),
    ('p2', 'store_visited', '2026-06-14 10:00:00', 'e36', null, null, null, null, 10, 'south'),
    ('p2', 'store_visited', '2026-06-13 10:00:00', 'e37', null, null, null, null, 10, 'south'),
    ('p2', 'store_visited', '2026-05-30 10:00:00', 'e38', null, null, null, null, 10, 'north'),
    ('p2', 'store_visited', '2026-05-25 04:30:00', 'e39', null, null, null, null, 10, 'north'),
    ('p3', 'store_visited', '2026-06-14 10:00:00', 'e40', null, null, null, null, null, 'south'),
    ('p3', 'store_visited', '2026-06-14 12:00:00', 'e41', null, null, null, null, 5, null),
    ('p4', 'store_visited', '2026-05-18 04:30:00', 'e42', null, null, null, null, 10, 'north'),
    ('p4', 'store_visited', '2026-06-01 04:30:00', 'e43', null, null, null, null, 10, 'south'),
    ('p4', 'store_visited', '2026-06-08 04:30:00', 'e44', null, null, null, null, 10, 'north'),
    ('p4', 'store_visited', '2026-06-08 04:30:00', 'e45', null, null, null, null, 10, 'south');
create view profiles.profile_event_spans as
    select profile_id, event, min(occurred_at) as first_at, max(occurred_at) as last_at, count(*) as events
    from profiles.profile_events group by 1, 2;
create table profiles.profile_children (profile_id varchar, child_id varchar, birth_date date,
        shoe_size double precision);
insert into profiles.profile_children values
    ('p1', 'k1', '2021-06-18', 25), ('p1', 'k2', '2019-06-19', 28), ('p2', 'k3', '2020-02-29', 24),
    ('p5', 'k4', null, null);
create table profiles.profile_reachability (
    profile_id varchar, channel varchar, purpose varchar, address varchar, is_reachable boolean, reason varchar
);
insert into profiles.profile_reachability values
    ('p1', 'email', 'marketing', 'a@x.example', true, 'ok'), ('p2', 'email', 'marketing', 'b@x.example', true, 'ok'),
    ('p4', 'email', 'marketing', 'd@x.example', false, 'withdrawn'),
    ('p4', 'email', 'service', 'd@x.example', true, 'ok'),
    ('p5', 'sms', 'marketing', '+48500000000', true, 'ok');
create table profiles.profile_trait_history (
    profile_id varchar, trait varchar, value varchar, valid_from timestamp, valid_to timestamp
);
insert into profiles.profile_trait_history values
    ('p1', 'plan', 'club', '2026-05-01 00:00:00', '2026-06-12 04:30:00'),
    ('p1', 'plan', 'trial', '2026-06-12 04:30:00', null),
    ('p2', 'plan', 'club', '2025-01-01 00:00:00', null),
    ('p4', 'plan', 'club', '2026-06-12 04:30:01', null),
    ('p5', 'plan', 'trial', '2026-05-01 00:00:00', '2026-06-13 00:00:00'),
    ('p5', 'plan', null, '2026-06-13 00:00:00', '2026-06-14 00:00:00'),
    ('p5', 'plan', 'trial', '2026-06-14 00:00:00', null),
    ('p1', 'lifetime_value', '900.5', '2026-01-01 00:00:00', '2026-06-13 00:00:00'),
    ('p1', 'lifetime_value', '1200.0', '2026-06-13 00:00:00', null),
    ('p2', 'lifetime_value', '250.0', '2026-01-01 00:00:00', '2026-06-13 00:00:00'),
    ('p2', 'lifetime_value', '300.0', '2026-06-13 00:00:00', null);
create schema if not exists identity;
create table identity.identity_map (node bigint, node_type varchar, node_value varchar, profile_id varchar);
insert into identity.identity_map values
    (1, 'email', 'a@x.example', 'p1'), (2, 'email', 'b@x.example', 'p2'), (3, 'user_id', 'u3', 'p3'),
    (4, 'email', 'u3', 'p4'), (5, 'phone', '+48500000000', 'p5');
create schema if not exists reference;
create table reference.list_fair_guests (identifier_type varchar, identifier varchar);
insert into reference.list_fair_guests values
    ('email', ' A@x.example '), ('email', 'nobody@x.example'), ('user_id', 'u3'), ('user_id', 'U3'),
    ('phone', '+48500000000'), ('phone', '+48500000000');
create table segments.segment_club (profile_id varchar, member_key varchar, entered_at timestamp, left_at timestamp);
insert into segments.segment_club values
    ('p2', '', '2026-01-01 00:00:00', null), ('p4', '', '2026-06-14 00:00:00', null),
    ('p1', '', '2026-01-01 00:00:00', '2026-06-01 00:00:00');
"""


@cache
def catalog() -> Catalog:
    return load_catalog(CATALOG_FOLDER, ZONE, CATALOG_FOLDER / "seeds")


def world() -> duckdb.DuckDBPyConnection:
    """The tables above in a database of their own."""
    connection = duckdb.connect(":memory:")
    connection.execute("set TimeZone = 'UTC'")
    connection.execute(TABLES)
    return connection


def compiled(text: str, dialect: str = "duckdb", as_of: datetime = AS_OF) -> str:
    """SQL of a segment that has no faults."""
    parsed = parse_segment(text, "case.yml")
    assert parsed.segment is not None, "\n".join(map(str, parsed.faults))
    findings = check_words(parsed.segment, catalog())
    assert not findings, findings
    return sql_text(compile_segment(parsed.segment, catalog(), Clock.at(as_of, ZONE)), dialect)


def members(connection: duckdb.DuckDBPyConnection, text: str, as_of: datetime = AS_OF) -> list[str]:
    """`p1` or, with a member key, `p1/c12`; sorted."""
    return named(connection.execute(compiled(text, as_of=as_of)).fetchall())


def named(rows: Iterable[Sequence[object]]) -> list[str]:
    """Rows of (profile_id, member_key, ...) as `p1` or `p1/c12`; sorted."""
    return sorted("/".join(filter(None, map(str, row[:2]))) for row in rows)


def rule(who: str, **keys: str) -> str:
    """A segment whose `who:` is one line of flow YAML per rule, separated by newlines."""
    head = "\n".join(["segment: case", "title: Case", *(f"{key}: {value}" for key, value in keys.items())])
    return head + "\nwho:\n" + "".join(f"  - {line.strip()}\n" for line in who.strip().splitlines())
