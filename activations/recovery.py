"""What a killed run left: outcomes that are not in the ledger yet, and marks without an outcome."""

from datetime import datetime

from activations.fold import IN_FLIGHT, LOG, MESSAGES, PLAN, fold
from activations.ledger import SCHEMA
from activations.syncs import OpenSync
from heddle.warehouse import Warehouse, literal

_MARKED = "coalesce(f.last_op, f.op_id) - f.op_id + 1"
_WHY = "the run was stopped while this was being sent"


def recover(wh: Warehouse, opened: OpenSync, resuming: str | None) -> int:
    """Folds what was logged and decides about the marks; the number of operations that became unknown.

    Where repeating does no harm, the operations of the plan that is being resumed go out again, and those of a plan
    that is not become rows that the destination may hold. Elsewhere they become unknown, and a person decides.
    """
    name = opened.sync.sync
    if opened.spec.idempotent and resuming:
        with wh.transaction():
            wh.execute(
                f"delete from {MESSAGES} where plan_id = ? and status = 'queued' "
                f"and message_id in (select message_id from {IN_FLIGHT} where plan_id = ?)",
                [resuming, resuming],
            )
            wh.execute(f"delete from {IN_FLIGHT} where sync = ? and plan_id = ?", [name, resuming])
    unknown = 0
    for plan in wh.query(
        f"select r.plan_id, r.as_of, cast(coalesce(sum({_MARKED}), 0) as bigint) as marked "
        f"from {SCHEMA}.activation_runs as r "
        f"left join {IN_FLIGHT} as f on f.plan_id = r.plan_id where r.sync = ? "
        "and (r.status in ('running', 'stopped') or f.op_id is not null) group by 1, 2 order by 2",
        [name],
    ).to_pylist():
        if plan["marked"]:
            _lose(wh, plan["plan_id"], plan["as_of"])
            unknown += plan["marked"]
        fold(wh, opened, plan["plan_id"], plan["as_of"])
    return 0 if opened.spec.idempotent else unknown


def _lose(wh: Warehouse, plan_id: str, as_of: datetime) -> None:
    plan = literal(plan_id)
    with wh.transaction():
        wh.execute(
            f"insert into {LOG} (plan_id, sync, op_id, action, key_hash, profile_id, member_key, status, code, "
            f'message, attempt, "at", message_id) select p.plan_id, p.sync, p.op_id, p.action, p.key_hash, '
            f"p.profile_id, p.member_key, 'unknown', 'unknown', {literal(_WHY)}, coalesce(p.attempt, 1), "
            f"timestamp '{as_of.isoformat(sep=' ')}', f.message_id "
            f"from {PLAN} as p inner join {IN_FLIGHT} as f on f.plan_id = p.plan_id "
            "and p.op_id between f.op_id and coalesce(f.last_op, f.op_id) "
            f"where p.plan_id = {plan}"
        )
        wh.execute(f"delete from {IN_FLIGHT} where plan_id = {plan}")
