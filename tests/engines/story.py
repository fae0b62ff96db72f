"""The same weeks on every engine: two loads, then a stricter guard, decisions of a person and an erasure."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass

from engine import SEEDS, Engine
from people import first_load, second_load

SNAPSHOT = """
select
    'map' as kind,
    node_type || ':' || node_value as name,
    cast(node as {{ dbt.type_string() }}) as a,
    profile_id as b,
    '' as c
from {{ ref('identity_map') }}
union all
select 'quarantine', node_type || ':' || node_value, guard, cast(people as {{ dbt.type_string() }}), ''
from {{ ref('identity_quarantine') }}
union all
select 'merge', change, from_profile_id, coalesce(to_profile_id, '-'), cause
from {{ ref('identity_merges') }} where run_seq = (select max(seq) from {{ ref('identity_run') }})
union all
select
    'span',
    profile_id || ':' || event,
    cast(first_at as {{ dbt.type_string() }}),
    cast(last_at as {{ dbt.type_string() }}),
    cast(events as {{ dbt.type_string() }})
from {{ ref('profile_event_spans') }}
union all
select 'run', mode, '', '', ''
from {{ ref('identity_run') }}
"""

EVENTS = [
    ["p1", "product_viewed", "2026-02-28 23:59:59.999999"],
    ["p1", "product_viewed", "2026-03-01 00:00:00"],
    ["p1", "product_viewed", "2026-03-01 00:00:00"],
    ["p1", "order_placed", "2026-03-29 02:30:00"],  # an hour that some zones leave out
    ["p2", "product_viewed", "2032-01-01 12:00:00"],
]
SPANS = {
    ("p1:product_viewed", "2026-02-28 23:59:59.999999", "2026-03-01 00:00:00", "3"),
    ("p1:order_placed", "2026-03-29 02:30:00", "2026-03-29 02:30:00", "1"),
    ("p2:product_viewed", "2032-01-01 12:00:00", "2032-01-01 12:00:00", "1"),
}

Chapter = Callable[[Engine], None]


@dataclass(frozen=True)
class Snapshot:
    """What a run left. A profile is the names of its nodes.

    `guards`: (name, guard, people); `ids`: (name, profile_id); `moves`: (change, from, to, cause) of this run;
    `spans`: (profile:event, first_at, last_at, events).
    """

    mode: str
    profiles: frozenset[frozenset[str]]
    guards: frozenset[tuple[str, str, str]]
    ids: frozenset[tuple[str, str]]
    nodes: frozenset[tuple[str, int]]
    moves: frozenset[tuple[str, str, str, str]]
    spans: frozenset[tuple[str, str, str, str]]


def tell(engine: Engine, mishap: Chapter | None = None) -> list[Snapshot]:
    """Plays every chapter, and looks at the warehouse after each; the mishap comes before the last."""
    engine.dbt("parse")
    told = [play(engine, begin, 2), play(engine, go_on, 3)]
    if mishap:
        mishap(engine)
    return [*told, play(engine, be_strict, 4)]


def play(engine: Engine, chapter: Chapter, day: int) -> Snapshot:
    engine.seed("clock", [[f"2026-03-{day:02} 04:00:00"]])
    chapter(engine)
    changing = [] if chapter is begin else ["--select", *SEEDS, "identity_block_list", "identity_overrides"]
    engine.dbt("seed", *changing)
    engine.dbt("run")
    return look(engine)


def begin(engine: Engine) -> None:
    engine.seed("fx_identifiers", first_load())
    engine.seed("fx_events", EVENTS)


def go_on(engine: Engine) -> None:
    engine.seed("fx_identifiers", [*first_load(), *second_load()])


def be_strict(engine: Engine) -> None:
    hub = {"identifier_type": "push_token", "match": "value", "value": "star-3", "reason": "shared", "origin": "a test"}
    engine.add_to_seed("identity_block_list", hub)
    engine.add_to_seed("identity_overrides", decision("never_link", "grid-0", "grid-15"))
    engine.add_to_seed("identity_overrides", decision("always_link", "tree-7", "hub-3"))
    engine.seed("erasures", [[node("email", "nobody@example.com"), "2026-03-03 00:00:00", "asked"]])


def decision(kind: str, left: str, right: str) -> dict[str, str]:
    """About two cookies."""
    ends = {"left_type": "cookie", "left_value": left, "right_type": "cookie", "right_value": right}
    return {"kind": kind, **ends, "who": "a test", "why": "to see", "decided_at": "2026-03-03 00:00:00"}


def node(kind: str, value: str) -> int:
    """The id of a node as macro id_hash promises it."""
    digest = hashlib.md5(f"{kind}:{value}".encode(), usedforsecurity=False).digest()
    return int.from_bytes(digest, "little") >> 65


def look(engine: Engine) -> Snapshot:
    found: dict[str, list[tuple[str, ...]]] = {"map": [], "quarantine": [], "merge": [], "run": [], "span": []}
    for kind, *values in engine.rows(SNAPSHOT):
        found[kind].append(tuple(values))
    profiles: dict[str, set[str]] = {}
    for name, _, profile_id, _ in found["map"]:
        profiles.setdefault(profile_id, set()).add(name)
    return Snapshot(
        mode=found["run"][0][0],
        profiles=frozenset(map(frozenset, profiles.values())),
        guards=frozenset((name, guard, people) for name, guard, people, _ in found["quarantine"]),
        ids=frozenset((name, profile_id) for name, _, profile_id, _ in found["map"]),
        nodes=frozenset((name, int(number)) for name, number, _, _ in found["map"]),
        moves=frozenset((change, before, after, cause) for change, before, after, cause in found["merge"]),
        spans=frozenset((name, first, last, events) for name, first, last, events in found["span"]),
    )
