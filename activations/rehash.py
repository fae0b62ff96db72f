"""Ledgers of before: the row hashes of a mapping that only hashes rows in another way now, made anew.

Rows were hashed as lengths and texts, and are hashed as JSON now. Without this, each of them would be sent once more.
"""

from activations.desired_sql import any_null, judged, key_hash, lengths_and_texts
from activations.difference import LEDGER
from activations.fold import WAITING
from activations.mapping import SyncMapping
from activations.source import source_relation
from heddle.warehouse import Warehouse, literal

_REHASHED = "heddle_rehashed"


def rehash(wh: Warehouse, mapping: SyncMapping) -> None:
    """Once per sync, on the first plan after the change; rows that changed since keep a hash that is none of theirs."""
    of = f"sync = {literal(mapping.sync.sync)}"
    former = f"{of} and mapping_version = {literal(mapping.former_version)}"
    if not wh.scalar(f"select 1 from {LEDGER} where {former} limit 1"):
        return
    before = f"md5({literal(mapping.former_version)} || {lengths_and_texts(mapping.columns)}) as before"
    more = f"{key_hash(mapping.key)} as key_hash, {before}"
    relation = source_relation(wh, mapping)
    wh.execute(
        f"create or replace temp table {_REHASHED} as select key_hash, before, min(heddle_row) as heddle_row "
        f"from ({judged(relation, mapping, more)}) as j where not ({any_null(mapping.key)}) group by 1, 2"
    )
    for table, column in ((LEDGER, "row_hash"), (LEDGER, "attempted_hash"), (WAITING, "row_hash")):
        wh.execute(
            f"update {table} as t set {column} = r.heddle_row from {_REHASHED} as r "
            f"where t.{of} and t.key_hash = r.key_hash and t.{column} = r.before"
        )
    wh.execute(f"update {LEDGER} set mapping_version = {literal(mapping.version)} where {former}")
    wh.execute(f"drop table {_REHASHED}")
