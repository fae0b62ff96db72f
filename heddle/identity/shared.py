"""The withheld identifiers and records that two profiles have both: what would make them one."""

from collections.abc import Sequence
from typing import Any

from heddle.identity.edges import members, pairs_of
from heddle.identity.graph import Pair
from heddle.identity.node import node_table
from heddle.warehouse import Warehouse

_SHARED = """
    with withheld as (select node from identity.identity_withheld),
    touched as (
        select members.profile_id, links.identifier_node as node
        from identity.identity_links as links join heddle_members as members on members.node = links.record_node
        where links.identifier_node in (select node from withheld)
        union all
        select members.profile_id, links.record_node as node
        from identity.identity_links as links join heddle_members as members on members.node = links.identifier_node
        where links.record_node in (select node from withheld)
    )
    select node from touched group by node having count(distinct profile_id) = 2 order by node
"""
_LINKS = """
    select record_node, identifier_node from identity.identity_links
    where record_node in (select node from heddle_members) and identifier_node in (select node from heddle_shared)
    union all
    select record_node, identifier_node from identity.identity_links
    where identifier_node in (select node from heddle_members) and record_node in (select node from heddle_shared)
"""


def shared_withheld(wh: Warehouse, two_profiles: Sequence[str]) -> list[int]:
    """Nodes that no guard lets through and that the sources saw with both profiles."""
    with wh.bound("heddle_members", members(wh, two_profiles)):
        found: list[Any] = wh.query(_SHARED).column(0).to_pylist()
    return found


def links_at(wh: Warehouse, shared: Sequence[int], two_profiles: Sequence[str]) -> list[Pair]:
    """What the sources said between those nodes and the two profiles."""
    beside = members(wh, two_profiles)
    with wh.bound("heddle_members", beside), wh.bound("heddle_shared", node_table(shared)):
        return pairs_of(wh, _LINKS)
