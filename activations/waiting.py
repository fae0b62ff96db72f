"""Is something still to be delivered? What a scheduler asks before it decides that there is nothing to do."""

from datetime import UTC, datetime

from activations.ledger import SCHEMA, count_rows
from heddle.warehouse import Warehouse


def waiting_deliveries(wh: Warehouse, as_of: datetime) -> int:
    """How many plans were not carried out, how many rejected rows may be tried again at this instant, and how many rows
    a destination did late, which are to be removed or sent once more (overtaken.py).

    A row counts once its time has come and no plan has looked at it since: one that left its source in the meantime
    keeps nobody waiting.
    """
    if "activation_runs" not in wh.tables(SCHEMA):
        return 0
    open_plans = f"select count(*) from {SCHEMA}.activation_runs where status in ('planned', 'running', 'stopped')"
    due = f"""
        select count(*) from {SCHEMA}.activation_ledger as l
        inner join (
            select sync, max(as_of) as as_of from {SCHEMA}.activation_runs group by sync
        ) as r on r.sync = l.sync
        where l.retry_at <= ? and l.retry_at > r.as_of"""
    late = f"""
        select count(*) from {SCHEMA}.activation_ledger as l
        inner join (
            select sync, max(planned_at) as planned_at from {SCHEMA}.activation_runs group by sync
        ) as r on r.sync = l.sync
        where l.overtaken is not null and exists (
            select 1 from {SCHEMA}.activation_receipts as t where t.sync = l.sync and t.settled_at > r.planned_at
        )"""
    return count_rows(wh, open_plans) + count_rows(wh, due, [as_of]) + count_rows(wh, late)


def due_receipts(wh: Warehouse) -> int:
    """How many receipts it is time to ask about, by the machine's clock: what a destination took does not wait for the
    instant of a replay."""
    if "activation_receipts" not in wh.tables(SCHEMA):
        return 0
    receipts = f"select count(*) from {SCHEMA}.activation_receipts where status = 'pending' and poll_at <= ?"
    return count_rows(wh, receipts, [_utc_now()])


def _utc_now() -> datetime:
    return datetime.now(UTC).replace(tzinfo=None)
