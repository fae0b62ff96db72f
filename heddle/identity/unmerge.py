"""Un-merging is a decision, and decisions are data: a row of a seed that the next run carries out."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from heddle.identity.errors import IdentityError
from heddle.identity.node import Node
from heddle.identity.seed_file import SeedFile

BLOCK_LIST, OVERRIDES = "identity_block_list.csv", "identity_overrides.csv"
REASON = "unmerged"
# an address, or a number of nine digits or more: dates and numbers of requests are shorter
_PERSONAL = re.compile(r"[^\s@]+@[^\s@]+|\+\d[\d\s().-]{6,}\d|\d(?:[\s().-]*\d){8,}")


@dataclass(frozen=True)
class Decision:
    """A row for a seed. `existing_line` is where the file says the same already, None when it does not."""

    seed: Path
    row: Mapping[str, str]
    existing_line: int | None


def decide(seeds: Path, first: Node, second: Node | None, why: str, who: str, on: date) -> Decision:
    """One identifier: it never links anybody again. Two: they are never the same person.

    Raises IdentityError for a record alone, for a reason that holds personal data (the reason is shown unmasked in the
    quarantine and in the merge log), and for a pair that somebody decided to link always.
    """
    reason = plain_reason(why, [node for node in (first, second) if node is not None])
    if second is None:
        if first.is_record:
            raise IdentityError(
                "a record cannot be put on the block list",
                hint="name the identifier that glues it to somebody else, or a second one to keep it from",
            )
        return _block(seeds / BLOCK_LIST, first, f"{who}, {on}: {reason}")
    if second.id == first.id:
        raise IdentityError("this is one identifier, named twice", hint="name one, or two different ones")
    return _never_link(seeds / OVERRIDES, first, second, {"who": who, "why": reason, "decided_at": str(on)})


def record(decision: Decision) -> bool:
    """Writes the decision; False when the file says so already."""
    if decision.existing_line is not None:
        return False
    SeedFile(decision.seed).append(decision.row)
    return True


def _block(path: Path, node: Node, origin: str) -> Decision:
    row = {"identifier_type": node.type, "match": "value", "value": node.value, "reason": REASON, "origin": origin}
    for line, there in SeedFile(path).rows():
        same_type = there.get("identifier_type") in ("*", node.type)
        if same_type and there.get("match") == "value" and there.get("value", "").lower() == node.value.lower():
            return Decision(path, row, line)
    return Decision(path, row, None)


def _never_link(path: Path, first: Node, second: Node, about: Mapping[str, str]) -> Decision:
    row = {
        "kind": "never_link",
        "left_type": first.type,
        "left_value": first.value,
        "right_type": second.type,
        "right_value": second.value,
        **about,
    }
    pair = {(first.type, first.value.lower()), (second.type, second.value.lower())}
    same = [(line, there) for line, there in SeedFile(path).rows() if set(_ends(there)) == pair]
    for line, there in same:
        if there.get("kind") == "always_link":
            raise IdentityError(
                "somebody decided that these two always link",
                where=f"{path}:{line}",
                hint="take that line out first, then run this again",
            )
    return Decision(path, row, next((line for line, _ in same), None))


def _ends(row: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    for side in ("left", "right"):
        yield row.get(f"{side}_type", ""), row.get(f"{side}_value", "").lower()


def plain_reason(why: str, nodes: Sequence[Node]) -> str:
    """The reason on one line. Raises IdentityError when there is none, or when it holds personal data."""
    reason = " ".join(why.split())
    named = [node.value.lower() for node in nodes if len(node.value) > 3]
    if not reason:
        raise IdentityError("a decision needs a reason", hint="--why says it to whoever reads the list next year")
    if _PERSONAL.search(reason) or any(value in reason.lower() for value in named):
        raise IdentityError(
            "the reason holds personal data", hint="say why without an address or a number: it is shown unmasked"
        )
    return reason
