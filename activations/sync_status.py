"""How every sync stands: the latest run, what the destination holds, what waits and why."""

from dataclasses import dataclass
from datetime import datetime

from activations.ledger import SCHEMA
from activations.overtaken import OVERDUE
from heddle.warehouse import Warehouse

_STATUS = f"""
with latest as (
    select * from (
        select *, row_number() over (partition by sync order by planned_at desc, plan_id desc) as place
        from {SCHEMA}.activation_runs
    ) as r where place = 1
),
planned as (
    select p.sync,
        count(case when p.action in ('add', 'change', 'remove') then 1 end) as operations,
        count(case when p.action in ('add', 'change', 'remove') and g.op_id is null then 1 end) as unsent,
        count(case when p.action = 'suppressed' then 1 end) as suppressed,
        count(case when p.action = 'invalid' then 1 end) as invalid,
        count(case when p.action = 'quarantined' then 1 end) as quarantined
    from {SCHEMA}.activation_plan as p
    left join (select distinct plan_id, op_id from {SCHEMA}.activation_outcomes) as g
        on g.plan_id = p.plan_id and g.op_id = p.op_id
    group by 1
),
ledger as (
    select sync, count(case when held then 1 end) as held,
        count(case when held and not (row_hash is null and (status = 'accepted' or coalesce(code, '') = '{OVERDUE}'))
            then 1 end) as confirmed,
        count(case when status = 'rejected' then 1 end) as rejected,
        count(case when not held and status = 'rejected' then 1 end) as missing,
        count(case when status = 'rejected' and retry_at is not null then 1 end) as waiting,
        count(case when status = 'unknown' then 1 end) as unknown, max(acked_at) as acked_at
    from {SCHEMA}.activation_ledger group by 1
),
receipts as (
    select sync, count(case when status = 'pending' then 1 end) as pending,
        count(case when status = 'pending' and deadline <= cast(? as timestamp) then 1 end) as overdue,
        sum(case when status = 'pending' then operations else 0 end) as pending_rows
    from {SCHEMA}.activation_receipts group by 1
)
select l.sync, l.destination, l.object, l.audience, l.status, l.as_of, coalesce(p.operations, 0) as operations,
    coalesce(p.unsent, 0) as unsent, coalesce(h.held, 0) as held, coalesce(h.rejected, 0) as rejected,
    coalesce(h.waiting, 0) as waiting, coalesce(p.quarantined, 0) as quarantined, coalesce(h.unknown, 0) as unknown,
    coalesce(p.suppressed, 0) as suppressed, coalesce(p.invalid, 0) as invalid, coalesce(r.pending, 0) as receipts,
    cast(coalesce(r.pending_rows, 0) as bigint) as receipt_rows, coalesce(r.overdue, 0) as receipts_overdue,
    cast(h.confirmed as double) / nullif(h.confirmed + h.missing, 0) as match_rate,
    h.acked_at, l.guard_reason, l.error
from latest as l
left join planned as p on p.sync = l.sync
left join ledger as h on h.sync = l.sync
left join receipts as r on r.sync = l.sync
order by l.sync"""


@dataclass(frozen=True)
class SyncStatus:
    """Rows unless said otherwise; `receipts` and `receipts_overdue` count receipts. `match_rate` is the share of the
    rows ever sent that the destination holds, as far as it has said so; None before it has said anything."""

    sync: str
    destination: str
    object: str
    audience: str | None
    status: str
    as_of: datetime
    operations: int
    unsent: int
    held: int
    rejected: int
    waiting: int
    quarantined: int
    unknown: int
    suppressed: int
    invalid: int
    receipts: int
    receipt_rows: int
    receipts_overdue: int
    match_rate: float | None
    acked_at: datetime | None
    guard_reason: str | None
    error: str | None

    @property
    def backlog(self) -> int:
        """Rows that should be at the destination and are not yet: unsent, waiting for another try, unconfirmed."""
        return self.unsent + self.waiting + self.receipt_rows


@dataclass(frozen=True)
class AccountStatus:
    """Calls of the day, and until when nothing is sent."""

    account: str
    calls: int
    paused_until: datetime | None
    reason: str | None


def sync_statuses(wh: Warehouse, now: datetime) -> list[SyncStatus]:
    """One per sync that ever ran, by name; `now` (naive UTC, the machine's) decides which receipts are overdue."""
    if "activation_receipts" not in wh.tables(SCHEMA):
        return []
    return [SyncStatus(**row) for row in wh.query(_STATUS, [now]).to_pylist()]


def account_statuses(wh: Warehouse, now: datetime) -> list[AccountStatus]:
    """Accounts that were called today or are paused."""
    if "activation_accounts" not in wh.tables(SCHEMA):
        return []
    found = wh.query(
        f'select account, max(case when "day" = ? then calls else 0 end) as calls, max(paused_until) as paused_until, '
        f"arg_max(reason, paused_until) as reason from {SCHEMA}.activation_accounts "
        'where "day" = ? or paused_until > ? group by 1 order by 1',
        [now.date(), now.date(), now],
    )
    accounts = (AccountStatus(**row) for row in found.to_pylist())
    return [a if a.paused_until and a.paused_until > now else AccountStatus(a.account, a.calls, None, None)
            for a in accounts]  # fmt: skip
