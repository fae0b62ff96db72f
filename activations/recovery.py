"""What a killed run left: outcomes that are not in the ledger yet, and marks without an outcome."""

from datetime import datetime

from activations.delivered import complete_log
from activations.doubts import settle_doubts
from activations.fold import IN_FLIGHT, LOG, MESSAGES, PLAN, fold
from activations.ledger import SCHEMA
from activations.syncs import OpenSync
from heddle.warehouse import Warehouse, literal

_WHY = "the run was stopped while this was being sent"


def recover(wh: Warehouse, opened: OpenSync, resuming: str | None) -> int:
    """Folds what was logged and decides about the marks; the number of operations that became unknown.

    Where repeating does no harm, the operations of the plan that is being resumed go out again, and their marks stay
    until it is done: it may be stopped once more before it comes to them. Those of a plan that is not resumed become
    rows that the destination may hold. Elsewhere they become unknown, and a person decides.
    """
    name = opened.sync.sync
    again = resuming if opened.spec.idempotent else None
    if again:
        with wh.transaction():
            wh.execute(
                f"delete from {MESSAGES} where plan_id = ? and status = 'queued' "
                f"and message_id in (select message_id from {IN_FLIGHT} where plan_id = ?)",
                [again, again],
            )
            wh.execute(f"update {IN_FLIGHT} set earlier = true where sync = ? and plan_id = ?", [name, again])
    unknown = 0
    for plan in wh.query(
        f"select r.plan_id, r.as_of, count(f.op_id) > 0 as marked from {SCHEMA}.activation_runs as r "
        f"left join {IN_FLIGHT} as f on f.plan_id = r.plan_id where r.sync = ? "
        "and (r.status in ('running', 'stopped') or f.op_id is not null) group by 1, 2 order by 2",
        [name],
    ).to_pylist():
        lost = plan["marked"] and plan["plan_id"] != again
        if lost:
            unknown += _lose(wh, plan["plan_id"], plan["as_of"])
        fold(wh, opened, plan["plan_id"], plan["as_of"])
        if lost:
            with wh.transaction():
                settle_doubts(wh, opened, plan["plan_id"])
    return 0 if opened.spec.idempotent else unknown


def _lose(wh: Warehouse, plan_id: str, as_of: datetime) -> int:
    """What is marked and has no outcome is unknown. An operation may be marked by several runs."""
    plan = literal(plan_id)
    complete_log(wh, plan_id)
    return wh.execute(
        f"insert into {LOG} (plan_id, sync, op_id, action, key_hash, profile_id, member_key, status, code, "
        f'message, attempt, "at", message_id) select p.plan_id, p.sync, p.op_id, p.action, p.key_hash, '
        f"p.profile_id, p.member_key, 'unknown', 'unknown', {literal(_WHY)}, coalesce(p.attempt, 1), "
        f"timestamp '{as_of.isoformat(sep=' ')}', max(f.message_id) "
        f"from {PLAN} as p inner join {IN_FLIGHT} as f on f.plan_id = p.plan_id "
        "and p.op_id between f.op_id and coalesce(f.last_op, f.op_id) "
        f"where p.plan_id = {plan} and p.op_id not in (select op_id from {LOG} where plan_id = {plan}) group by all"
    )
