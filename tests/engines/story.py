"""The same weeks on every engine: a first load, a second one, a stricter guard, and decisions of a person taken back again."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass

from engine import Engine
from people import first_load, second_load

Partition = frozenset[frozenset[str]]
Quarantined = frozenset[tuple[str, str, str, str]]

SNAPSHOT = """
select 'map' as kind, node_type || ':' || node_value as name, cast(node as {{ dbt.type_string() }}) as a, profile_id as b, '' as c
from {{ ref('identity_map') }}
union all
select 'quarantine', node_type || ':' || node_value, guard, cast(people as {{ dbt.type_string() }}), ''
from {{ ref('identity_quarantine') }}
union all
select 'merge', cast(run_seq as {{ dbt.type_string() }}) || ' ' || change, from_profile_id, coalesce(to_profile_id, '-'), cause
from {{ ref('identity_merges') }}
"""


@dataclass(frozen=True)
class Snapshot:
    """What a run left. `ids`: (identifier, profile_id); `merges`: (run and change, from, to, cause)."""

    partition: Partition
    quarantine: Quarantined
    ids: frozenset[tuple[str, str]]
    nodes: frozenset[tuple[str, int]]
    merges: frozenset[tuple[str, str, str, str]]


def tell(engine: Engine, *options: str) -> list[Snapshot]:
    """Plays every chapter, and looks after each. The first is built with its tests."""
    snapshots = []
    for number, chapter in enumerate((begin, go_on, block_and_part, take_back)):
        engine.seed("clock", [[f"2026-03-0{number + 2} 04:00:00"]])
        chapter(engine)
        build(engine, number, *options)
        snapshots.append(look(engine))
    return snapshots


def build(engine: Engine, number: int, *options: str) -> None:
    engine.dbt("seed", *([] if number == 0 else ["--select", *CHANGING]))
    engine.dbt("build", "--exclude-resource-type", "seed", *options)


CHANGING = ("clock", "fx_identifiers", "erasures", "identity_block_list", "identity_overrides")


def begin(engine: Engine) -> None:
    engine.seed("fx_identifiers", first_load())


def go_on(engine: Engine) -> None:
    engine.seed("fx_identifiers", [*first_load(), *second_load()])


def block_and_part(engine: Engine) -> None:
    hub = {"identifier_type": "push_token", "match": "value", "value": "star-3", "reason": "shared", "origin": "a test"}
    engine.add_to_seed("identity_block_list", hub)
    engine.add_to_seed("identity_overrides", decision("never_link", "cookie", "path-3", "cookie", "path-20"))
    engine.add_to_seed("identity_overrides", decision("always_link", "cookie", "tree-7", "cookie", "hub-3"))
    engine.seed("erasures", [[node("email", "nobody@example.com"), "2026-03-03 00:00:00", "asked"]])


def take_back(engine: Engine) -> None:
    engine.restore_seed("identity_block_list")
    engine.restore_seed("identity_overrides")


def decision(kind: str, left_type: str, left: str, right_type: str, right: str) -> dict[str, str]:
    return {
        "kind": kind,
        "left_type": left_type,
        "left_value": left,
        "right_type": right_type,
        "right_value": right,
        "who": "a test",
        "why": "to see",
        "decided_at": "2026-03-03 00:00:00",
    }


def node(kind: str, value: str) -> int:
    """The node id as docs and macro promise it, in Python."""
    return int.from_bytes(hashlib.md5(f"{kind}:{value}".encode()).digest(), "little") >> 65


def look(engine: Engine) -> Snapshot:
    rows = engine.rows(SNAPSHOT)
    mapped = [row[1:] for row in rows if row[0] == "map"]
    people: dict[str, set[str]] = {}
    for name, _, profile_id, _ in mapped:
        people.setdefault(profile_id, set()).add(name)
    return Snapshot(
        partition=frozenset(frozenset(names) for names in people.values()),
        quarantine=frozenset((name, guard, count, "") for kind, name, guard, count, _ in rows if kind == "quarantine"),
        ids=frozenset((name, profile_id) for name, _, profile_id, _ in mapped),
        nodes=frozenset((name, int(number)) for name, number, _, _ in mapped),
        merges=frozenset((a, b, c, d) for kind, a, b, c, d in rows if kind == "merge"),
    )


Chapter = Callable[[Engine], None]
