"""Why two identifiers are one person, or why they are not: the path between them and what stops it."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Literal

from heddle.identity.boundary import NearestAnchor, Stops, nearest_anchors, read_stops
from heddle.identity.changes import Change, changes
from heddle.identity.edges import Edge, edges_of_component, edges_of_profiles, neighbours_in_links, told_by
from heddle.identity.errors import IdentityError
from heddle.identity.find import Subject
from heddle.identity.graph import Search, neighbours_in, shortest_path
from heddle.identity.masking import Mask
from heddle.identity.node import nodes_by_id
from heddle.identity.overrides import NeverLink, never_link_between
from heddle.identity.quarantine import Withheld, withheld_nodes
from heddle.identity.shared import links_at, shared_withheld
from heddle.warehouse import Warehouse

Verdict = Literal["linked", "withheld", "boundary", "unconnected", "unfinished", "pending"]


@dataclass(frozen=True)
class Side:
    """One of the two that were asked for, and where it stands. `moved` is the way of a retired profile id."""

    label: str
    profile_id: str | None
    moved: tuple[Change, ...]
    anchor: str | None
    distance: int | None
    is_only_anchor: bool = False


@dataclass(frozen=True)
class Hop:
    """One edge of the path. `stopped_by` says which guard does not let it link, None when it links."""

    left: str
    right: str
    edge: Edge
    stopped_by: str | None


@dataclass(frozen=True)
class Explanation:
    """`linked`: one profile, by these hops. Otherwise why not: `withheld` (a guard withholds what would connect
    them), `boundary` (connected, but of two people), `unconnected` (no source ever connected them), `unfinished`
    (the search gave up), `pending` (nothing stops the path: the next run will join them)."""

    verdict: Verdict
    left: Side
    right: Side
    hops: tuple[Hop, ...]
    withheld: tuple[Withheld, ...]
    decision: NeverLink | None


def explain(wh: Warehouse, left: Subject, right: Subject, mask: Mask) -> Explanation:
    """The shortest path between two subjects over what links them, else over all that the sources said.

    Raises IdentityError for a profile id that nobody carries on.
    """
    starts, ends = _nodes(wh, left), _nodes(wh, right)
    search, shared = _search(wh, left, right, starts, ends)
    path = search.path
    stops = read_stops(wh, path)
    hops = _hops(wh, path, stops, mask)
    anchors = nearest_anchors(wh, (path[0], path[-1]) if path else (*starts[:1], *ends[:1]))
    left_end, right_end = (path[0], path[-1]) if path else (starts[0], ends[0])
    return Explanation(
        _verdict(left, right, search, hops, stops),
        _side(wh, left, anchors.get(left_end), mask),
        _side(wh, right, anchors.get(right_end), mask),
        hops,
        tuple(withheld_nodes(wh, shared or path, mask)),
        never_link_between(wh, _pairs_of_ends(starts, ends, anchors, left_end, right_end)),
    )


def _search(
    wh: Warehouse, left: Subject, right: Subject, starts: Sequence[int], ends: Sequence[int]
) -> tuple[Search, list[int]]:
    """The path, and the withheld nodes that both profiles have; the narrowest graph that can hold a path first."""
    if left.profile_id is not None and left.profile_id == right.profile_id:
        within = shortest_path(starts, ends, neighbours_in(edges_of_profiles(wh, [left.profile_id])))
        if within.path:
            return within, []
    component = _shared_component(wh, starts[0], ends[0])
    if component is not None:
        return shortest_path(starts, ends, neighbours_in(edges_of_component(wh, component))), []
    if left.profile_id is not None and right.profile_id is not None:
        both = [left.profile_id, right.profile_id]
        shared = shared_withheld(wh, both)
        if shared:
            pairs = [*edges_of_profiles(wh, both), *links_at(wh, shared, both)]
            return shortest_path(starts, ends, neighbours_in(pairs)), shared
    return shortest_path(starts, ends, neighbours_in_links(wh)), []


def _nodes(wh: Warehouse, subject: Subject) -> list[int]:
    if subject.node is not None:
        return [subject.node.id]
    found = wh.query("select node from identity.identity_map where profile_id = ? order by 1", [subject.profile_id])
    nodes: list[Any] = found.column(0).to_pylist()
    if not nodes:
        asked = subject.resolution.asked if subject.resolution else subject.profile_id
        raise IdentityError(
            f"profile {asked} has no identifiers any more",
            hint=f"`heddle profile resolve {asked}` says what became of it",
        )
    return nodes


def _shared_component(wh: Warehouse, left: int, right: int) -> int | None:
    """The component of both, None when they are in two, or one is in none because it is withheld."""
    found = wh.query("select node, component from identity.identity_components where node in (?, ?)", [left, right])
    component = {row["node"]: row["component"] for row in found.to_pylist()}
    return component.get(left) if component.get(left) == component.get(right) else None


def _hops(wh: Warehouse, path: Sequence[int], stops: Stops, mask: Mask) -> tuple[Hop, ...]:
    nodes = nodes_by_id(wh, path)
    made = []
    for (a, b), edge in zip(pairwise(path), told_by(wh, path), strict=True):
        made.append(Hop(mask.node(nodes.get(a)), mask.node(nodes.get(b)), edge, stops.between(a, b)))
    return tuple(made)


def _verdict(left: Subject, right: Subject, search: Search, hops: Sequence[Hop], stops: Stops) -> Verdict:
    if left.profile_id is not None and left.profile_id == right.profile_id:
        return "linked"
    if not search.path:
        return "unconnected" if search.complete else "unfinished"
    if any(node in stops.withheld for node in search.path):
        return "withheld"
    return "boundary" if any(hop.stopped_by for hop in hops) else "pending"


def _side(wh: Warehouse, subject: Subject, anchor: NearestAnchor | None, mask: Mask) -> Side:
    moved = changes(wh, subject.resolution.steps, mask) if subject.resolution else ()
    if anchor is None:
        return Side(subject.label(mask), subject.profile_id, moved, None, None)
    label = mask.node(nodes_by_id(wh, [anchor.cluster]).get(anchor.cluster))
    distance = anchor.distance if anchor.distance is not None else _links_to(wh, subject, anchor.cluster)
    return Side(subject.label(mask), subject.profile_id, moved, label, distance, is_only_anchor=anchor.distance is None)


def _links_to(wh: Warehouse, subject: Subject, anchor: int) -> int | None:
    """The run measures no distance where one anchor alone can be reached: the links between are counted here."""
    if subject.node is None or subject.profile_id is None:
        return None
    inside = neighbours_in(edges_of_profiles(wh, [subject.profile_id]))
    path = shortest_path([subject.node.id], [anchor], inside).path
    return len(path) - 1 if path else None


def _pairs_of_ends(
    starts: Sequence[int], ends: Sequence[int], anchors: dict[int, NearestAnchor], left_end: int, right_end: int
) -> set[frozenset[int]]:
    """The pairs that a never-link may name: what was asked for, the ends of the path, their anchors."""
    pairs = {frozenset((left_end, right_end))}
    if len(starts) == len(ends) == 1:
        pairs.add(frozenset((starts[0], ends[0])))
    if left_end in anchors and right_end in anchors:
        pairs.add(frozenset((anchors[left_end].cluster, anchors[right_end].cluster)))
    return pairs
