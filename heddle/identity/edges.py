"""Edges of the warehouse's graph, as pairs of node ids; what an edge says is read for the few that are shown."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from typing import Any

import pyarrow as pa

from heddle.identity.graph import Neighbours, Pair
from heddle.identity.node import node_table
from heddle.warehouse import Warehouse

_BETWEEN = """
    select left_node, right_node from identity.identity_edges
    where left_node in (select node from heddle_members) and right_node in (select node from heddle_members)
"""
# an override or a soft link may join any two nodes, the sources' links a record and an identifier
_BESIDE = """
    select record_node, identifier_node from identity.identity_links
    where record_node in (select node from heddle_frontier)
    union all
    select identifier_node, record_node from identity.identity_links
    where identifier_node in (select node from heddle_frontier)
    union all
    select left_node, right_node from identity.identity_edges
    where rule in ('always_link', 'soft_link') and left_node in (select node from heddle_frontier)
    union all
    select right_node, left_node from identity.identity_edges
    where rule in ('always_link', 'soft_link') and right_node in (select node from heddle_frontier)
"""
_TOLD = """
    with told as (
        select record_node as left_node, identifier_node as right_node, 'same_' || identifier_type as rule, source,
            first_seen, last_seen, cast(null as double) as confidence
        from identity.identity_links
        where record_node in (select left_node from heddle_hops)
        union all
        select left_node, right_node, rule, source, first_seen, last_seen, confidence
        from identity.identity_edges
        where rule in ('always_link', 'soft_link') and left_node in (select left_node from heddle_hops)
    )
    select heddle_hops.position, told.rule, told.source, told.first_seen, told.last_seen, told.confidence
    from heddle_hops
    join told on told.left_node = heddle_hops.left_node and told.right_node = heddle_hops.right_node
    order by told.first_seen
"""


@dataclass(frozen=True)
class Edge:
    """What links two nodes. `confidence` is None where the sources said it outright."""

    rule: str | None
    source: str | None
    first_seen: datetime | None
    last_seen: datetime | None
    confidence: float | None


_UNKNOWN = Edge(None, None, None, None, None)


def members(wh: Warehouse, profile_ids: Sequence[str]) -> pa.Table:
    """Columns `node` and `profile_id`, to be bound as `heddle_members`: bound, because the planner then knows how few
    they are (a tenth of the time of the same as a subquery, on 7 million links)."""
    sql = "select node, profile_id from identity.identity_map where profile_id = ?"
    return pa.concat_tables([wh.query(sql, [profile_id]) for profile_id in profile_ids])


def edges_of_profiles(wh: Warehouse, profile_ids: Sequence[str]) -> list[Pair]:
    """Edges whose ends both belong to these profiles."""
    with wh.bound("heddle_members", members(wh, profile_ids)):
        return pairs_of(wh, _BETWEEN)


def edges_of_component(wh: Warehouse, component: int) -> list[Pair]:
    """Edges of a connected component, also those that the guards cut between its profiles."""
    nodes = wh.query("select node from identity.identity_components where component = ?", [component])
    with wh.bound("heddle_members", nodes):
        return pairs_of(wh, _BETWEEN)


def neighbours_in_links(wh: Warehouse) -> Neighbours:
    """Neighbours by all that the sources ever said, withheld or not; one statement per frontier."""

    def beside(nodes: Collection[int]) -> list[Pair]:
        with wh.bound("heddle_frontier", node_table(nodes)):
            return pairs_of(wh, _BESIDE)

    return beside


def told_by(wh: Warehouse, path: Sequence[int]) -> list[Edge]:
    """What each hop of a path rests on: of several edges between two nodes the one that was first."""
    hops = list(enumerate(pairwise(path)))
    both_ways = [(i, *pair) for i, (a, b) in hops for pair in ((a, b), (b, a))]
    columns = list(zip(*both_ways, strict=True)) or [(), (), ()]
    names = ("position", "left_node", "right_node")
    asked = pa.table({name: pa.array(column, pa.int64()) for name, column in zip(names, columns, strict=True)})
    found: dict[int, Edge] = {}
    with wh.bound("heddle_hops", asked):
        for row in wh.query(_TOLD).to_pylist():
            found.setdefault(row.pop("position"), Edge(**row))
    return [found.get(i, _UNKNOWN) for i, _ in hops]


def pairs_of(wh: Warehouse, sql: str, params: Sequence[object] = ()) -> list[Pair]:
    """The two columns of a statement as pairs."""
    left, right = wh.query(sql, params).columns
    pairs: Any = zip(left.to_pylist(), right.to_pylist(), strict=True)
    return list(pairs)
