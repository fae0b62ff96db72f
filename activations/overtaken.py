"""What a destination did late: an add that it accepted before the row was removed, or was sent anew, and settles after.

Nobody knows in which order the destination did the two, so it may hold what the late one said. The row is `overtaken`:
held again, with nothing acknowledged, and the next plan removes it once more, or sends what is wanted once more. The
ledger keeps it until a plan that was made after the late receipt has sent something for the row.
"""

from datetime import datetime

from activations.ledger import SCHEMA
from activations.syncs import OpenSync
from heddle.warehouse import Warehouse, literal

OVERTAKEN, OVERDUE = "overtaken", "receipt_overdue"
_LATE = "heddle_late"
_LEDGER = f"{SCHEMA}.activation_ledger"
_NOTHING_KNOWN = "row_hash = null, field_hashes = null"


def mark_overtaken(wh: Warehouse, opened: OpenSync, settled: str, as_of: datetime) -> None:
    """`settled` selects the rows of one receipt with what became of them; the ledger does not know of it yet."""
    sync = literal(opened.sync.sync)
    wh.execute(f"create or replace temp table {_LATE} as {_late(settled, sync, opened)}")
    if not wh.scalar(f"select count(*) from {_LATE}"):
        return
    # a run that stopped folds the log of its plan again when it is resumed, and must not fold it over this
    plan = wh.scalar(
        f"select max(plan_id) from {SCHEMA}.activation_runs where sync = {sync} and status in ('running', 'stopped')"
    )
    mark = literal(str(plan or "none"))
    wh.execute(_stood_for(sync, mark))
    wh.execute(f"delete from {_LATE} as n where {_elsewhere(sync)}")
    wh.execute(_held_again(sync, literal(opened.mapping.version), mark, as_of))


def _late(settled: str, sync: str, opened: OpenSync) -> str:
    """Rows that may be there now though something was sent for them since. Where it was sent under another identifier,
    the old one stands under a key of its own, as when an identifier changes (identifiers.py)."""
    removable = "true" if opened.sync.on_leave in ("remove", "delete") else "false"
    moved = "t.attempted_action <> 'remove' and t.identifier <> s.identifier"
    return f"""
select s.profile_id, s.member_key, s.removal, s.identifier, s.ids,
    case when {moved} then md5(s.key_hash || s.identifier) else s.key_hash end as key_hash
from ({settled}) as s
inner join {_LEDGER} as t on t.sync = {sync} and t.key_hash = s.key_hash
where s.action <> 'remove' and (s.status in ('delivered', 'unknown') or s.code = '{OVERDUE}')
    and not (t.status = 'accepted' and t.receipt is not distinct from s.receipt and t.attempted_action = s.action
        and t.attempted_hash is not distinct from s.row_hash)
    and not (t.attempted_action <> 'remove' and t.attempted_hash is not distinct from s.row_hash)
    and ({removable} or not coalesce({moved}, false))"""


def _elsewhere(sync: str) -> str:
    """Another row stands for the identifier by now: removing it would take that one away."""
    return (
        f"exists (select 1 from {_LEDGER} as o where o.sync = {sync} and o.held and o.identifier = n.identifier "
        "and o.key_hash <> n.key_hash)"
    )


def _stood_for(sync: str, mark: str) -> str:
    return f"""
update {_LEDGER} as o set {_NOTHING_KNOWN}, overtaken = {mark}
from {_LATE} as n
where o.sync = {sync} and o.held and o.identifier = n.identifier and o.key_hash <> n.key_hash"""


def _held_again(sync: str, version: str, mark: str, as_of: datetime) -> str:
    return f"""
merge into {_LEDGER} as t
using {_LATE} as s
on t.sync = {sync} and t.key_hash = s.key_hash
when matched then update set held = true, {_NOTHING_KNOWN}, overtaken = {mark},
    payload = s.removal, identifier = s.identifier, ids = coalesce(s.ids, t.ids), mapping_version = {version},
    status = case when t.status = 'removed' then '{OVERTAKEN}' else t.status end
when not matched then insert (
    sync, key_hash, profile_id, member_key, held, mapping_version, payload, status, attempted_action, attempts,
    updated_at, identifier, ids, overtaken
) values (
    {sync}, s.key_hash, s.profile_id, s.member_key, true, {version}, s.removal, '{OVERTAKEN}', 'remove', 0,
    timestamp '{as_of.isoformat(sep=" ")}', s.identifier, s.ids, {mark}
)"""
