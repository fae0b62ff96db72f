"""What stops an edge from linking: a withheld end, or a border between two people of one component."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from heddle.identity.node import node_table
from heddle.warehouse import Warehouse

_STOPS = """
    select asked.node, map.profile_id, w.guard as withheld_by, w.reason as withheld_reason, q.guard, q.reason
    from heddle_asked as asked
    left join identity.identity_map as map on map.node = asked.node
    left join identity.identity_withheld as w on w.node = asked.node
    left join identity.identity_quarantine as q on q.node = asked.node and q.guard in ('one_anchor', 'never_link')
    order by asked.node, q.guard desc
"""
_ANCHORS = """
    select node, cluster, distance from identity.identity_anchors
    where cluster is not null and node in (select node from heddle_asked)
"""
ONE_ANCHOR = "one_anchor: a profile has one account, and each side is nearer to another one"


@dataclass(frozen=True)
class NearestAnchor:
    """The node whose profile this is, and how many edges away it stands; None where no other anchor can be reached."""

    cluster: int
    distance: int | None


@dataclass(frozen=True)
class Stops:
    """`withheld`: node -> guard and reason; `owners`: node -> profile; `borders`: node -> guard and reason of the
    border that runs beside it."""

    withheld: Mapping[int, str]
    owners: Mapping[int, str]
    borders: Mapping[int, str]

    def between(self, left: int, right: int) -> str | None:
        """What keeps the edge between two nodes from linking, None when it links."""
        for node in (left, right):
            if node in self.withheld:
                return self.withheld[node]
        owners = self.owners.get(left), self.owners.get(right)
        if None in owners or owners[0] == owners[1]:
            return None
        return self.borders.get(left) or self.borders.get(right) or ONE_ANCHOR


def read_stops(wh: Warehouse, nodes: Collection[int]) -> Stops:
    """What the guards say of these nodes."""
    withheld: dict[int, str] = {}
    owners: dict[int, str] = {}
    borders: dict[int, str] = {}
    with wh.bound("heddle_asked", node_table(nodes)):
        for row in wh.query(_STOPS).to_pylist():
            if row["withheld_by"]:
                withheld.setdefault(row["node"], _said(row["withheld_by"], row["withheld_reason"]))
            if row["profile_id"]:
                owners[row["node"]] = row["profile_id"]
            if row["guard"]:
                borders.setdefault(row["node"], _said(row["guard"], row["reason"]))
    return Stops(withheld, owners, borders)


def nearest_anchors(wh: Warehouse, nodes: Collection[int]) -> dict[int, NearestAnchor]:
    """The anchor of each node; absent where a component has but one, since nothing had to be decided there."""
    with wh.bound("heddle_asked", node_table(nodes)):
        rows = wh.query(_ANCHORS).to_pylist()
    return {row["node"]: NearestAnchor(row["cluster"], row["distance"]) for row in rows}


def _said(guard: str, reason: str | None) -> str:
    return f"{guard}: {reason}" if reason else guard
