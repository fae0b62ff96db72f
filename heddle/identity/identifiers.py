"""The identifiers of a profile: those that make it, and those that its records have and that link nobody."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from heddle.identity.masking import Mask
from heddle.identity.node import Node
from heddle.warehouse import Warehouse

# what its records name, and what came to it without them: by a decision, a soft link, or as the nearest of two people
_SQL = """
    with members as (
        select node, node_type from identity.identity_map where profile_id = ?
    ),
    seen as (
        select
            links.identifier_node as node,
            links.source,
            links.first_seen,
            links.last_seen
        from identity.identity_links as links
        where links.record_node in (select node from members)
            or links.identifier_node in (select node from members)
    ),
    gathered as (
        select
            node,
            string_agg(distinct source, ', ' order by source) as sources,
            min(first_seen) as first_seen,
            max(last_seen) as last_seen
        from seen group by node
    ),
    guarded as (
        select node, guard, reason, people from identity.identity_quarantine
        qualify row_number() over (partition by node order by guard) = 1
    )
    select
        nodes.node, nodes.node_type, nodes.node_value, gathered.sources, gathered.first_seen, gathered.last_seen,
        guarded.guard, guarded.reason, guarded.people, map.profile_id as owner
    from (
        select node from gathered
        union
        select node from members where node_type <> 'record'
    ) as listed
    join identity.identity_nodes as nodes on nodes.node = listed.node
    left join gathered on gathered.node = listed.node
    left join guarded on guarded.node = listed.node
    left join identity.identity_map as map on map.node = listed.node
    order by map.profile_id is null, nodes.node_type, gathered.last_seen desc nulls last, nodes.node_value
"""


@dataclass(frozen=True)
class KnownIdentifier:
    """An identifier, shown. `links` says whether it holds this profile together; `guard` which guard watches over it
    and why; `belongs_to` is the other profile that it went to, when this one's records have it as well."""

    type: str
    value: str
    sources: str
    first_seen: datetime | None
    last_seen: datetime | None
    links: bool
    guard: str | None
    people: int | None
    belongs_to: str | None


@dataclass(frozen=True)
class Identifiers:
    """The first of them, and how many there are."""

    rows: tuple[KnownIdentifier, ...]
    total: int


def identifiers_of(wh: Warehouse, profile_id: str, mask: Mask, limit: int) -> Identifiers:
    """Identifiers of a live profile, the withheld ones last."""
    found = wh.query(_SQL, [profile_id])
    return Identifiers(
        tuple(_identifier(row, profile_id, mask) for row in found.slice(0, limit).to_pylist()), found.num_rows
    )


def _identifier(row: dict[str, Any], profile_id: str, mask: Mask) -> KnownIdentifier:
    node = Node(row["node"], row["node_type"], row["node_value"])
    owner = row["owner"]
    guard = f"{row['guard']}: {row['reason']}" if row["reason"] else row["guard"]
    return KnownIdentifier(
        node.type,
        mask.node_value(node),
        row["sources"] or "a decision or a soft link",
        row["first_seen"],
        row["last_seen"],
        owner == profile_id,
        guard,
        row["people"],
        owner if owner != profile_id else None,
    )
