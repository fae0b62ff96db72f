"""Erasing a person: the nodes that have to forget, in heddle.erasures, where runs of the identity stage read them."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from heddle.identity.erasure_register import register, restore_erasures
from heddle.identity.errors import IdentityError
from heddle.identity.find import Subject, spellings
from heddle.identity.node import Node, node_table
from heddle.identity.quarantine import profiles_with
from heddle.identity.unmerge import plain_reason
from heddle.warehouse import Warehouse, prepare_warehouse

_NODES = "select node, node_type, node_value from identity.identity_map where profile_id = ? order by node_type, node"
_SHARED = """
    select count(distinct identifier_node) from identity.identity_links
    where identifier_node in (select node from heddle_asked) and record_node not in (select node from heddle_asked)
"""
_NEW = "select node from heddle_asked where node not in (select node from heddle.erasures)"
_WAITING = """
    select count(distinct node) from heddle.erasures
    where node not in (select left_node from identity.identity_applied where kind = 'erased')
"""


@dataclass(frozen=True)
class Erasure:
    """A live profile and its nodes, identifiers and source records, of which nothing shall be known any more.

    `shared` is how many of the identifiers are on records of somebody else as well.
    """

    profile_id: str
    nodes: tuple[Node, ...]
    shared: int

    @property
    def identifiers(self) -> tuple[Node, ...]:
        return tuple(node for node in self.nodes if not node.is_record)

    @property
    def records(self) -> tuple[Node, ...]:
        return tuple(node for node in self.nodes if node.is_record)


def erasure_of(wh: Warehouse, subject: Subject) -> Erasure:
    """Everything that makes the person whom `subject` names. Raises IdentityError when that is nobody in particular,
    or an identifier that records of several people have: it went to one of them, who need not be the one that asked."""
    if subject.profile_id is None:
        raise _nobody(wh, subject)
    if subject.node is not None and not subject.node.is_record:
        _name_one(wh, subject.node, subject.profile_id)
    rows = wh.query(_NODES, [subject.profile_id]).to_pylist()
    nodes = tuple(Node(row["node"], row["node_type"], row["node_value"]) for row in rows)
    with wh.bound("heddle_asked", node_table([node.id for node in nodes])):
        shared = int(str(wh.scalar(_SHARED)))
    return Erasure(subject.profile_id, nodes, shared)


def write_erasure(wh: Warehouse, erasure: Erasure, reason: str, at: datetime, path: Path) -> int:
    """How many nodes were added; those that are there already keep their first date and reason. `at` is naive UTC,
    `path` the register beside the warehouse, which is written first.

    Raises IdentityError when the reason holds personal data: it outlives what is erased.
    """
    told = plain_reason(reason, erasure.nodes)
    prepare_warehouse(wh)
    with wh.bound("heddle_asked", node_table([node.id for node in erasure.nodes])):
        new = wh.query(_NEW).column(0).to_pylist()
    register(path, [{"node": node, "erased_at": at, "reason": told} for node in new])
    restore_erasures(wh, path)
    return len(new)


def erasures_waiting(wh: Warehouse) -> int:
    """Nodes that no complete run of the identity stage has forgotten yet."""
    if "erasures" not in wh.tables("heddle"):
        return 0
    if "identity_applied" not in wh.tables("identity"):
        return int(str(wh.scalar("select count(distinct node) from heddle.erasures")))
    return int(str(wh.scalar(_WAITING)))


def erased_since(wh: Warehouse, text: str) -> datetime | None:
    """Since when an identifier that nobody knows any more is to be forgotten; None when it never was.

    `text` is TYPE:VALUE, or a value, which is tried as every type that the warehouse knows.
    """
    if "erasures" not in wh.tables("heddle"):
        return None
    kinds = [
        str(kind) for kind in wh.query("select distinct node_type from identity.identity_nodes").column(0).to_pylist()
    ]
    kind, _, rest = text.strip().partition(":")
    names = [f"{kind.lower()}:{value}" for value in spellings(rest)]
    names += [f"{known}:{value}" for known in kinds for value in spellings(text)]
    with wh.bound("heddle_asked", node_table({node_id(name) for name in names})):
        found: datetime | None = wh.query(
            "select min(erased_at) as since from heddle.erasures where node in (select node from heddle_asked)"
        ).to_pylist()[0]["since"]
    return found


def node_id(name: str) -> int:
    """The number of the node `type:value`, as the macro id_hash promises it."""
    return int.from_bytes(hashlib.md5(name.encode(), usedforsecurity=False).digest(), "little") >> 65


def _name_one(wh: Warehouse, node: Node, owner: str) -> None:
    others = [profile for profile in profiles_with(wh, node.id, 4) if profile != owner]
    if others:
        named = f"{', '.join(others[:2])}{' and others' if len(others) > 2 else ''}"
        raise IdentityError(
            f"this {node.type} belongs to {owner} and stands on records of {named} too: it does not say whom to forget",
            hint="name the person by an account of theirs or by the profile id",
        )


def _nobody(wh: Warehouse, subject: Subject) -> IdentityError:
    if subject.node is None:
        return IdentityError(
            "this profile id ended and has no successor", hint="`heddle profile resolve` says when and why"
        )
    others: Sequence[str] = profiles_with(wh, subject.node.id, 3)
    beside = (
        f", and stands on records of {', '.join(others)}{' and others' if len(others) > 2 else ''}" if others else ""
    )
    return IdentityError(
        f"this {subject.node.type} is withheld by a guard and belongs to nobody{beside}",
        hint="name the person by another identifier, or by the profile id",
    )
