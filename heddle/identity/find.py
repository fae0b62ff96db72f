"""What a person types when they ask for somebody: a profile id of any age, `type:value`, or a bare value."""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from heddle.identity.errors import IdentityError
from heddle.identity.masking import Mask
from heddle.identity.merge_log import Resolution, WarehouseLog, resolve
from heddle.identity.node import Node
from heddle.warehouse import Warehouse

_PHONE = re.compile(r"(\+|00)?[\d\s().-]{7,}")


@dataclass(frozen=True)
class Subject:
    """Who or what was asked for. `node` is None for a profile id; `profile_id` is None when the identifier belongs
    to nobody (withheld) or the id has no successor. `resolution` is there for profile ids."""

    profile_id: str | None
    node: Node | None = None
    resolution: Resolution | None = None

    def label(self, mask: Mask) -> str:
        if self.node is not None:
            return mask.node(self.node)
        return f"profile {self.resolution.asked if self.resolution else self.profile_id}"


def find(wh: Warehouse, text: str) -> Subject:
    """The one thing that `text` names. Raises IdentityError when it names nothing, or several."""
    resolution = resolve(text.strip(), WarehouseLog(wh))
    if resolution.outcome != "unknown":
        return Subject(resolution.live, resolution=resolution)
    node = _only(_hits(wh, text))
    profile = wh.scalar("select profile_id from identity.identity_map where node = ?", [node.id])
    return Subject(None if profile is None else str(profile), node)


def spellings(text: str) -> list[str]:
    """The value as it was typed, then as staging would have normalised it."""
    typed = text.strip()
    found = [typed, typed.lower()]
    if _PHONE.fullmatch(typed):
        digits = re.sub(r"\D", "", typed)
        found.append("+" + digits.removeprefix("00"))
    return list(dict.fromkeys(found))


def _hits(wh: Warehouse, text: str) -> list[Node]:
    whole = spellings(text)
    kind, _, rest = text.strip().partition(":")
    typed = spellings(rest) if rest else []
    values = [*whole, *typed]
    found = wh.query(
        "select node, node_type, node_value from identity.identity_nodes "
        f"where node_value in ({', '.join('?' * len(values))})",
        values,
    )
    nodes = [Node(row["node"], row["node_type"], row["node_value"]) for row in found.to_pylist()]
    of_type = [node for node in nodes if node.type == kind.strip().lower()]
    return _nearest(of_type, typed) or _nearest(nodes, whole)


def _nearest(nodes: Iterable[Node], values: list[str]) -> list[Node]:
    """One node per type: the one whose spelling is nearest to what was typed."""
    best: dict[str, Node] = {}
    for node in sorted((n for n in nodes if n.value in values), key=lambda n: values.index(n.value)):
        best.setdefault(node.type, node)
    return [best[kind] for kind in sorted(best)]


def _only(nodes: list[Node]) -> Node:
    if not nodes:
        raise IdentityError(
            "nobody is known by this profile id or identifier",
            hint="write it as TYPE:VALUE, for example email:anna@example.com, as the sources spell it",
        )
    if len(nodes) > 1:
        kinds = [node.type for node in nodes]
        raise IdentityError(
            f"this value is known as {' and as '.join(kinds)}",
            hint=f"name the type: {' or '.join(f'{kind}:VALUE' for kind in kinds)}",
        )
    return nodes[0]
