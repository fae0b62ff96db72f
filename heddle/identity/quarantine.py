"""What a guard withholds, and why."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from heddle.identity.masking import Mask
from heddle.identity.node import node_table, nodes_by_id
from heddle.warehouse import Warehouse

_SQL = """
    select w.node, w.guard, w.reason, max(q.people) as people
    from identity.identity_withheld as w
    left join identity.identity_quarantine as q on q.node = w.node and q.guard = w.guard
    where w.node in (select node from heddle_asked)
    group by 1, 2, 3
    order by 1, 2
"""
_PROFILES = """
    with beside as (
        select record_node as node from identity.identity_links where identifier_node = ?
        union
        select identifier_node as node from identity.identity_links where record_node = ?
    )
    select distinct map.profile_id
    from identity.identity_map as map
    where map.node in (select node from beside)
    order by 1
"""


@dataclass(frozen=True)
class Withheld:
    """An identifier or record that may not link. `people` is how many it would have made one."""

    label: str
    guard: str
    reason: str | None
    people: int | None


def profiles_with(wh: Warehouse, node: int, limit: int) -> list[str]:
    """Profiles whose records (or, of a record, whose identifiers) the sources saw with a node."""
    found: list[Any] = wh.query(f"{_PROFILES} limit {limit:d}", [node, node]).column(0).to_pylist()
    return found


def withheld_nodes(wh: Warehouse, ids: Collection[int], mask: Mask) -> list[Withheld]:
    """Those of the nodes that no guard lets through (block list, degree cap)."""
    with wh.bound("heddle_asked", node_table(ids)):
        rows = wh.query(_SQL).to_pylist()
    nodes = nodes_by_id(wh, {row["node"] for row in rows})
    return [Withheld(mask.node(nodes.get(row["node"])), row["guard"], row["reason"], row["people"]) for row in rows]
