"""The small world as a run leaves it: profiles, stored segments and their runs, published; and the files beside."""

import shutil
from pathlib import Path

import duckdb
from small_world import AS_OF, CATALOG_FOLDER, TABLES

STORED = """
create schema heddle;
create table heddle.clock as select timestamp '2026-06-15 04:30:00' as as_of;
create table segments.segment_runs (segment varchar, as_of timestamp, members bigint, entered bigint,
    left_count bigint, previous bigint, verdict varchar, reason varchar, definition_hash varchar, run_at timestamp);
insert into segments.segment_runs values
    ('club', '2026-06-14 00:00:00', 2, 1, 0, 1, 'ok', null, 'x', '2026-06-14 00:00:00'),
    ('quiet_carts', '2026-06-14 04:30:00', 9, 1, 1, 2, 'ok', null, 'x', '2026-06-14 04:30:00'),
    ('quiet_carts', '2026-06-15 04:30:00', 0, 0, 0, 2, 'blocked', '0 members, the guard wants at least 1', 'x',
        '2026-06-15 04:30:00');
create table segments.segment_quiet_carts (profile_id varchar, member_key varchar, entered_at timestamp,
    left_at timestamp, cart_id varchar);
insert into segments.segment_quiet_carts values
    ('p1', 'c11', '2026-06-14 12:00:00', null, 'c11'), ('p2', 'c21', '2026-06-14 12:00:00', null, 'c21'),
    ('p1', 'c12', '2026-06-01 12:00:00', '2026-06-02 12:00:00', 'c12');
create table profiles.profile_consents (profile_id varchar, address varchar, channel varchar, purpose varchar,
    status varchar, occurred_at timestamp, proof varchar);
insert into profiles.profile_consents values
    ('p4', 'd@x.example', 'email', 'marketing', 'withdrawn', '2026-05-01 09:00:00', null);
create table identity.identity_nodes as
    select node, node_type, node_value, cast(1 as bigint) as seq from identity.identity_map;
insert into identity.identity_nodes values (99, 'email', 'office@x.example', 1);
create table identity.identity_assignments (cluster bigint, profile_id varchar, born_at timestamp, nodes bigint);
create table identity.identity_merges (run_seq bigint, change varchar, from_profile_id varchar,
    to_profile_id varchar, nodes bigint, cause varchar, cause_left_node bigint, cause_right_node bigint,
    reason varchar, happened_at timestamp);
insert into identity.identity_assignments select row_number() over (), profile_id, null, 1 from profiles.profiles;
insert into identity.identity_merges values
    (2, 'merge', 'p0', 'p1', 3, 'edge', 1, 1, null, '2026-03-01 00:00:00');
"""
EMPTY = ("anchors", "components", "edges", "links", "quarantine", "records", "withheld")
FILES = {
    "club": "segment: club\ntitle: Club members\nowner: club@shop.example\nwho:\n  - trait: plan\n    is: club\n",
    "quiet_carts": """segment: quiet_carts
title: A cart, quiet for 1 hour
per: cart_id
who:
  - did: cart_updated
    last_time: {older_than: 1 hour, newer_than: 24 hours}
  - did_not: order_placed
    since: cart_updated
  - can_receive: email
volume_guard: {min: 1}
refresh: every 15 minutes
""",
    "buyers": """segment: buyers
title: Bought this year
who:
  - any_of:
      - did: order_placed
        within_last: 1 year
      - trait: lifetime_value
        above: 1000
  - trait: birth_date
    is_set: yes
exclude: [club]
top: {n: 1, by: lifetime_value}
""",
}


def make_root(root: Path) -> Path:
    """Writes the repository and its published copy; the root."""
    profiles = root / "dbt_project" / "models" / "profiles"
    shutil.copytree(CATALOG_FOLDER, profiles, ignore=shutil.ignore_patterns("seeds"))
    shutil.copytree(CATALOG_FOLDER / "seeds", root / "dbt_project" / "seeds")
    (root / "dbt_project/seeds/lists/list_uploaded_today.csv").write_text("identifier_type,identifier\n")
    for name, text in FILES.items():
        write(root, name, text)
    (root / "state").mkdir()
    with duckdb.connect(str(root / "state" / "published.duckdb")) as connection:
        connection.execute("set TimeZone = 'UTC'")
        connection.execute(TABLES)
        connection.execute(STORED)
        for name in EMPTY:
            connection.execute(f"create table identity.identity_{name} (node bigint)")
        connection.execute("delete from profiles.profile_events where occurred_at > ?", [AS_OF])
    return root


def write(root: Path, name: str, text: str) -> Path:
    path = root / "segments_yaml" / "fixture" / f"{name}.yml"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path
