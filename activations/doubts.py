"""What a call whose answer was lost may have brought, though a later try of the row was refused.

The destination may hold the row all the same, so the ledger says so: it is removed when it leaves its source, and sent
again while it stays. The marks of the lost call (`earlier`) say which rows these are, until the plan is done.
"""

from activations.fold import IN_FLIGHT, LEDGER, LOG, PLAN
from activations.outcomes import UNSENDABLE
from activations.syncs import OpenSync
from heddle.warehouse import Warehouse, literal


def settle_doubts(wh: Warehouse, opened: OpenSync, plan_id: str) -> None:
    """After the log of the plan is in the ledger, and while it has what removing its rows needs: its marks are gone.
    Of rows that may not be repeated, nothing is refused after a doubt."""
    if opened.spec.idempotent and wh.scalar(f"select 1 from {IN_FLIGHT} where plan_id = ? and earlier", [plan_id]):
        wh.execute(_held(opened, literal(plan_id)))
    wh.execute(f"delete from {IN_FLIGHT} where plan_id = ?", [plan_id])


def _held(opened: OpenSync, plan: str) -> str:
    return f"""
update {LEDGER} as t set held = true, row_hash = null, field_hashes = null,
    mapping_version = case when t.held then t.mapping_version else {literal(opened.mapping.version)} end,
    payload = case when t.held then t.payload else s.removal end,
    identifier = case when t.held then t.identifier else s.identifier end
from (
    select p.key_hash, any_value(p.removal) as removal, any_value(p.identifier) as identifier
    from {PLAN} as p
    inner join {IN_FLIGHT} as f on f.plan_id = p.plan_id and f.earlier
        and p.op_id between f.op_id and coalesce(f.last_op, f.op_id)
    inner join {LOG} as g on g.plan_id = p.plan_id and g.op_id = p.op_id and g.status = 'rejected'
        and g.message is distinct from '{UNSENDABLE}'
    where p.plan_id = {plan}
    group by p.key_hash
) as s
where t.sync = {literal(opened.sync.sync)} and t.key_hash = s.key_hash and t.status = 'rejected'"""
