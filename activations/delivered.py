"""Operations that were all delivered, with nothing more to say of any: a span of the plan, until the log has its rows.

A batch is settled by this in one row instead of one per operation. The log gets its rows out of the plan, many at once,
before the ledger is folded from it; of a killed run, by the next one. The view `activation_outcomes` is the log with
what is still missing in it.
"""

from datetime import datetime

from activations.ledger import SCHEMA
from heddle.warehouse import Warehouse, literal

_SPANS = f"{SCHEMA}.activation_delivered"
_AT_ONCE = 500_000  # rows
_COLUMNS = 'plan_id, sync, op_id, action, key_hash, profile_id, member_key, status, attempt, "at"'


def note_delivered(wh: Warehouse, plan_id: str, sync: str, op_ids: range, at: datetime) -> None:
    """All of these operations of the plan were. Grows the span that ends before them."""
    first, last = op_ids[0], op_ids[-1]
    before = f"plan_id = ? and last_op = {first - 1}"
    if not wh.execute(f"update {_SPANS} set last_op = {last} where {before}", [plan_id]):
        wh.execute(f"insert into {_SPANS} values (?, ?, {first}, {last}, ?)", [plan_id, sync, at])


def complete_log(wh: Warehouse, plan_id: str) -> None:
    """The log has a row for each operation of the plan's spans, and the spans are gone. Again, it changes nothing."""
    spans = wh.query(f"select first_op, last_op from {_SPANS} where plan_id = ? order by 1", [plan_id]).to_pylist()
    for span in spans:
        for first in range(span["first_op"], span["last_op"] + 1, _AT_ONCE):
            last = min(first + _AT_ONCE - 1, span["last_op"])
            with wh.transaction():
                wh.execute(
                    f"insert into {SCHEMA}.activation_log ({_COLUMNS}) select {_COLUMNS} "
                    f"from {SCHEMA}.activation_outcomes "
                    f"where plan_id = {literal(plan_id)} and op_id between {first} and {last} and in_span"
                )
                wh.execute(
                    f"update {_SPANS} set first_op = {last + 1} where plan_id = ? and first_op = {first}", [plan_id]
                )
                wh.execute(f"delete from {_SPANS} where plan_id = ? and first_op > last_op", [plan_id])
