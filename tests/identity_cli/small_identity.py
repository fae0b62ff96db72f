"""A few people in a published warehouse, written straight into the tables that the identity questions read.

Anna (p1) and Bob (p2) share a withheld phone; Carla (p3) and Dan (p4) one device, so a border runs between them;
Fay (p6) and Gus (p7) are kept apart by hand; Eve (p5) has nothing to do with anybody.
"""

import hashlib
from collections.abc import Iterable, Sequence
from datetime import datetime

import pyarrow as pa

from heddle.settings import Settings
from heddle.warehouse import Warehouse, open_warehouse

T = datetime.fromisoformat("2026-03-01T08:30:00")
# record, identifier type, value
LINKS = [
    ("shop:c1", "user_id", "u1"),
    ("shop:c1", "email", "anna@x.pl"),
    ("shop:c1", "phone", "+48111111111"),
    ("crm:k1", "email", "anna@x.pl"),
    ("crm:k1", "phone", "+48600700800"),
    ("web:a:7", "anonymous_id", "a7"),
    ("web:a:7", "phone", "+48600700800"),
    ("shop:c2", "user_id", "u2"),
    ("shop:c2", "email", "bob@x.pl"),
    ("shop:c2", "phone", "+48111111111"),
    ("app:a3", "user_id", "u3"),
    ("app:a3", "device_id", "tablet"),
    ("app:a4", "user_id", "u4"),
    ("app:a4", "device_id", "tablet"),
    ("crm:k5", "crm_id", "12345"),
    ("crm:k5", "loyalty_id", "12345"),
    ("crm:k5", "email", "eve:mail:@x.pl"),
    ("crm:k6", "email", "fay@x.pl"),
    ("crm:k6", "email", "gus@x.pl"),
]
WITHHELD = [("phone", "+48111111111", "block_list", "placeholder", 2)]
BORDERS = [("device_id", "tablet", "one_anchor", "between accounts; it went to the nearest", 2),
           ("email", "gus@x.pl", "never_link", "kept apart by hand", 2)]  # fmt: skip
OWNERS = {"shop:c1": "p1", "crm:k1": "p1", "web:a:7": "p1", "shop:c2": "p2", "app:a3": "p3", "app:a4": "p4",
          "crm:k5": "p5", "crm:k6": "p6", "tablet": "p3", "gus@x.pl": "p7"}  # fmt: skip
# cluster and distance of the nodes of the two components that hold two anchors
ANCHORS = [("user_id", "u3", "user_id", "u3", 0), ("record", "app:a3", "user_id", "u3", 1),
           ("device_id", "tablet", "user_id", "u3", 2), ("user_id", "u4", "user_id", "u4", 0),
           ("record", "app:a4", "user_id", "u4", None), ("email", "fay@x.pl", "email", "fay@x.pl", 0),
           ("record", "crm:k6", "email", "fay@x.pl", 1), ("email", "gus@x.pl", "email", "gus@x.pl", 0)]  # fmt: skip
# run_seq, change, from, to, nodes, cause, reason
MERGES = [
    (2, "merge", "p90", "p91", 3, "edge", None),
    (3, "merge", "p91", "p1", 5, "edge", None),
    (2, "merge", "p1", "p80", 4, "edge", None),
    (3, "split", "p80", "p1", 4, "guard", "block_list: placeholder"),
    (4, "merge", "p80", "p81", 1, "source", None),
    (5, "retire", "p81", None, 1, "erasure", "erased on request"),
    (6, "move", "p70", "p5", 2, "override", "always_link"),
    (6, "split", "p70", "p2", 7, "guard", None),
]
_DDL = """
create schema identity; create schema profiles; create schema segments;
create table identity.identity_links (source varchar, record_id varchar, identifier_type varchar,
    identifier_value varchar, record_node bigint, identifier_node bigint, first_seen timestamp, last_seen timestamp,
    loaded_at timestamp, seq bigint);
create table identity.identity_nodes (node bigint, node_type varchar, node_value varchar, seq bigint);
create table identity.identity_withheld (node bigint, guard varchar, reason varchar);
create view identity.identity_edges as
    select record_node as left_node, identifier_node as right_node, 'same_' || identifier_type as rule, source,
        first_seen, last_seen, cast(1 as double) as confidence
    from identity.identity_links
    where identifier_node not in (select node from identity.identity_withheld);
create table identity.identity_components (node bigint, component bigint, seq bigint);
create table identity.identity_anchors (node bigint, component bigint, cluster bigint, distance bigint,
    via_node bigint);
create table identity.identity_assignments (cluster bigint, profile_id varchar, born_at timestamp, nodes bigint);
create table identity.identity_merges (run_seq bigint, change varchar, from_profile_id varchar,
    to_profile_id varchar, nodes bigint, cause varchar, cause_left_node bigint, cause_right_node bigint,
    reason varchar, happened_at timestamp);
create table identity.identity_map (node bigint, node_type varchar, node_value varchar, profile_id varchar);
create table identity.identity_records (record_node bigint, source varchar, record_id varchar, profile_id varchar);
create table identity.identity_quarantine (node bigint, node_type varchar, node_value varchar, guard varchar,
    reason varchar, people bigint, detected_at timestamp);
create table identity.identity_overrides (kind varchar, left_type varchar, left_value varchar, right_type varchar,
    right_value varchar, who varchar, why varchar, decided_at date);
insert into identity.identity_overrides values
    ('never_link', 'email', 'gus@x.pl', 'email', 'fay@x.pl', 'maria', 'two sisters', date '2026-02-01');
create table profiles.profiles (profile_id varchar, first_name varchar, first_name_source varchar,
    first_name_observed_at timestamp, email varchar, email_source varchar, email_observed_at timestamp, city varchar,
    city_source varchar, city_observed_at timestamp, birth_date date, birth_date_source varchar,
    birth_date_observed_at timestamp, nickname varchar, is_employee boolean, orders_count bigint,
    lifetime_value double, last_seen_at timestamp);
insert into profiles.profiles values ('p1', 'Anna', 'crm', '2026-02-03', 'anna@x.pl', 'shop', '2026-02-04',
    '[bold]Łódź' || chr(27) || '[2J', 'crm', '2026-02-03',
    '1985-05-06', 'crm', '2026-02-03', 'Anulka', false, 3, 1234.5, '2026-03-01');
create table profiles.profile_reachability (profile_id varchar, channel varchar, purpose varchar, address varchar,
    is_reachable boolean, reason varchar);
insert into profiles.profile_reachability values ('p1', 'email', 'marketing', 'anna@x.pl', true, 'ok'),
    ('p1', 'sms', 'marketing', '+48600700800', false, 'withdrawn');
create table profiles.profile_consents (profile_id varchar, address varchar, channel varchar, purpose varchar,
    status varchar, occurred_at timestamp, proof varchar);
insert into profiles.profile_consents values
    ('p1', 'anna@x.pl', 'email', 'marketing', 'granted', '2025-01-02', 'form'),
    ('p1', '+48600700800', 'sms', 'marketing', 'withdrawn', '2025-03-02', 'stop'),
    ('p1', 'old@x.pl', 'email', 'marketing', 'denied', '2024-03-02', 'form');
create table profiles.profile_events (profile_id varchar, event varchar, occurred_at timestamp, source varchar,
    order_id varchar, category varchar, campaign varchar, amount double);
insert into profiles.profile_events values ('p1', 'order_placed', '2026-02-05', 'shop', 'o1', null, null, 99.5),
    ('p1', 'page_viewed', '2026-02-06', 'web', null, null, 'spring', null),
    ('p2', 'page_viewed', '2026-02-06', 'web', null, null, null, null);
create table segments.segment_memberships (segment varchar, profile_id varchar, member_key varchar,
    entered_at timestamp);
insert into segments.segment_memberships values ('vip_customers', 'p1', '', '2026-02-07');
"""


def node_id(kind: str, value: str) -> int:
    return int(hashlib.md5(f"{kind}:{value}".encode()).hexdigest()[:16], 16) >> 1


def publish_people(settings: Settings) -> None:
    """Writes the published copy of `settings`."""
    copy = settings.model_copy(update={"warehouse_path": settings.published_path})
    with open_warehouse(copy) as wh:
        for statement in _DDL.split(";\n"):
            if statement.strip():
                wh.execute(statement)
        _write_graph(wh)
        _write_decisions(wh)


def _write_graph(wh: Warehouse) -> None:
    nodes = {("record", record) for record, _, _ in LINKS} | {(kind, value) for _, kind, value in LINKS}
    withheld = {(kind, value) for kind, value, *_ in WITHHELD}
    owners = {**{value: OWNERS[record] for record, _, value in LINKS}, **OWNERS}
    _append(wh, "identity_links",
            "source, record_id, identifier_type, identifier_value, record_node, identifier_node, first_seen, last_seen",
            [(*r.split(":", 1), k, v, node_id("record", r), node_id(k, v), T, T) for r, k, v in LINKS])  # fmt: skip
    _append(wh, "identity_nodes", "node, node_type, node_value", [(node_id(*n), *n) for n in sorted(nodes)])
    mapped = [(node_id(*n), *n, owners[n[1]]) for n in sorted(nodes - withheld)]
    _append(wh, "identity_map", "node, node_type, node_value, profile_id", mapped)
    records = [(n, *v.split(":", 1), owner) for n, kind, v, owner in mapped if kind == "record"]
    _append(wh, "identity_records", "record_node, source, record_id, profile_id", records)
    component = {"p3": 34, "p4": 34, "p6": 67, "p7": 67, "p1": 1, "p2": 2, "p5": 5}
    _append(wh, "identity_components", "node, component", [(n, component[owner]) for n, _, _, owner in mapped])
    _append(wh, "identity_assignments", "cluster, profile_id, born_at",
            [(i, owner, T) for i, owner in enumerate(sorted(set(OWNERS.values())))])  # fmt: skip


def _write_decisions(wh: Warehouse) -> None:
    _append(wh, "identity_withheld", "node, guard, reason", [(node_id(k, v), g, why) for k, v, g, why, _ in WITHHELD])
    _append(wh, "identity_quarantine", "node, node_type, node_value, guard, reason, people, detected_at",
            [(node_id(k, v), k, v, g, why, people, T) for k, v, g, why, people in (*WITHHELD, *BORDERS)])  # fmt: skip
    _append(wh, "identity_anchors", "node, cluster, distance",
            [(node_id(k, v), node_id(ck, cv), distance) for k, v, ck, cv, distance in ANCHORS])  # fmt: skip
    cause = (node_id("record", "crm:k1"), node_id("email", "anna@x.pl"))
    _append(wh, "identity_merges",
            "run_seq, change, from_profile_id, to_profile_id, nodes, cause, reason, cause_left_node, cause_right_node, "
            "happened_at",
            [(*row, *(cause if row[5] == "edge" else (None, None)), T) for row in MERGES])  # fmt: skip


def _append(wh: Warehouse, table: str, columns: str, rows: Iterable[Sequence[object]]) -> None:
    names = columns.split(", ")
    wh.append(f"identity.{table}", pa.table(dict(zip(names, map(list, zip(*rows, strict=True)), strict=True))))
