"""What a decision will do before it is made: into which parts a profile falls."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from heddle.identity.edges import edges_of_profiles
from heddle.identity.find import Subject
from heddle.identity.graph import nearest, parts
from heddle.identity.node import RECORD
from heddle.warehouse import Warehouse

MAX_NODES = 200_000


@dataclass(frozen=True)
class Part:
    """What stays together: how many records, how many identifiers of each type."""

    records: int
    identifiers: Mapping[str, int]

    @property
    def size(self) -> int:
        return self.records + sum(self.identifiers.values())


@dataclass(frozen=True)
class Preview:
    """`parts` is None when the profile is too large to be taken apart here; the run does it all the same."""

    profile_id: str | None
    whole: Part
    parts: tuple[Part, ...] | None


def preview(wh: Warehouse, first: Subject, second: Subject | None = None) -> Preview:
    """Without `first`, or with `first` and `second` on two sides: the parts, largest first.

    For a pair each node goes to the nearer of the two; the run also weighs rules and times where it is a tie.
    """
    if first.profile_id is None or first.node is None:
        return Preview(None, Part(0, {}), ())
    kinds = _kinds(wh, first.profile_id)
    whole = _part(kinds, kinds)
    if second is not None and (second.node is None or second.profile_id != first.profile_id):
        return Preview(first.profile_id, whole, (whole,))
    if len(kinds) > MAX_NODES:
        return Preview(first.profile_id, whole, None)
    pairs = edges_of_profiles(wh, [first.profile_id])
    if second is None or second.node is None:
        left = [node for node in kinds if node != first.node.id]
        found: Iterable[Sequence[int]] = parts(left, pairs)
    else:
        owner = nearest([first.node.id, second.node.id], pairs)
        found = [[n for n in kinds if owner.get(n) == end] for end in (first.node.id, second.node.id)]
    return Preview(first.profile_id, whole, tuple(_part(nodes, kinds) for nodes in found))


def _kinds(wh: Warehouse, profile_id: str) -> dict[int, str]:
    node, kind = wh.query(
        "select node, node_type from identity.identity_map where profile_id = ?", [profile_id]
    ).columns
    found: Any = zip(node.to_pylist(), kind.to_pylist(), strict=True)
    return dict(found)


def _part(nodes: Iterable[int], kinds: Mapping[int, str]) -> Part:
    counted = Counter(kinds[node] for node in nodes)
    records = counted.pop(RECORD, 0)
    return Part(records, dict(sorted(counted.items())))
