"""The dots of the identity graph: typed identifiers and source records."""

from collections.abc import Collection
from dataclasses import dataclass

import pyarrow as pa

from heddle.warehouse import Warehouse

RECORD = "record"


@dataclass(frozen=True)
class Node:
    """`type` is an identifier type or `record`; the value of a record is `source:record_id`."""

    id: int
    type: str
    value: str

    @property
    def is_record(self) -> bool:
        return self.type == RECORD


def node_table(ids: Collection[int]) -> pa.Table:
    """One column `node`, to be bound in a statement."""
    return pa.table({"node": pa.array(list(ids), pa.int64())})


def nodes_by_id(wh: Warehouse, ids: Collection[int]) -> dict[int, Node]:
    """The nodes with these ids; one that is not known any more (erased) is absent."""
    if not ids:
        return {}
    with wh.bound("heddle_asked", node_table(ids)):
        found = wh.query(
            "select node, node_type, node_value from identity.identity_nodes "
            "where node in (select node from heddle_asked)"
        )
    return {row["node"]: Node(row["node"], row["node_type"], row["node_value"]) for row in found.to_pylist()}
