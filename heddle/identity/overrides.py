"""Decisions of people about pairs, as the last run read them."""

from collections.abc import Collection
from dataclasses import dataclass

from heddle.warehouse import Warehouse

_SQL = """
    select l.node as left_node, r.node as right_node, o.who, o.why, cast(o.decided_at as varchar) as decided_at
    from identity.identity_overrides as o
    join identity.identity_nodes as l on l.node_type = o.left_type and l.node_value = o.left_value
    join identity.identity_nodes as r on r.node_type = o.right_type and r.node_value = o.right_value
    where o.kind = 'never_link'
"""


@dataclass(frozen=True)
class NeverLink:
    """Somebody decided that two identifiers are not of one person."""

    who: str | None
    why: str | None
    decided_at: str | None


def never_link_between(wh: Warehouse, pairs: Collection[frozenset[int]]) -> NeverLink | None:
    """The decision that keeps one of these pairs apart."""
    if "identity_overrides" not in wh.tables("identity"):
        return None
    for row in wh.query(_SQL).to_pylist():
        if frozenset((row.pop("left_node"), row.pop("right_node"))) in pairs:
            return NeverLink(**row)
    return None
