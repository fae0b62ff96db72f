"""What a person decides about rows of which nobody knows whether they arrived: a message that was being sent when the
connection or the run died."""

from collections.abc import Sequence

from activations.fold import LOG, MESSAGES
from activations.ledger import SCHEMA
from activations.sync_file import Sync
from activations.syncs import open_sync
from heddle.errors import SyncError
from heddle.settings import Settings
from heddle.warehouse import Warehouse, literal

_LEDGER = f"{SCHEMA}.activation_ledger"
_SAID = "decided by a person"
_COPIED = (
    'plan_id, sync, op_id, action, key_hash, profile_id, member_key, retryable, attempt, "at", message_id, receipt, ids'
)
SHORTEST = 6


def decide_rows(wh: Warehouse, settings: Settings, sync: Sync, keys: Sequence[str], sent: bool) -> int:
    """`keys` are key hashes of unknown rows, or their beginnings (6 characters at least); none means all of them.

    What was sent counts as delivered and is never sent again; what was not is in the next plan, if it is still wanted.
    The number of rows. Raises SyncError for a key that is none or several, or a destination that may be asked twice.
    """
    opened = open_sync(settings, sync)
    opened.connector.close()
    if opened.spec.idempotent:
        said = f"rows of {sync.sync} may be sent twice without harm: they go out again by themselves"
        raise SyncError(said, sync.where("destination"), f"heddle sync plan {sync.sync}")
    waiting = wh.query(f"select key_hash from {_LEDGER} where sync = ? and status = 'unknown'", [sync.sync])
    known = [str(key) for key in waiting.column(0).to_pylist()]
    chosen = [_whole(key, known, sync) for key in keys] if keys else known
    if chosen:
        _write(wh, sync.sync, ", ".join(literal(key) for key in chosen), sent)
    return len(set(chosen))


def _whole(key: str, known: Sequence[str], sync: Sync) -> str:
    found = [one for one in known if one.startswith(key)] if len(key) >= SHORTEST else []
    if len(found) != 1:
        said = "is too short" if len(key) < SHORTEST else f"stands for {len(found)} unknown rows of {sync.sync}"
        raise SyncError(f"the key {key!r} {said}", hint=f"heddle sync rows {sync.sync} --state unknown lists them")
    return found[0]


def _write(wh: Warehouse, sync: str, keys: str, sent: bool) -> None:
    """Into the log as well: a plan that stopped is folded again, and the fold goes by the log."""
    this = f"sync = {literal(sync)} and key_hash in ({keys}) and status = 'unknown'"
    named = f"select message_id from {LOG} where {this}"
    messages = f"sync = {literal(sync)} and status = 'unknown' and message_id in ({named})"
    with wh.transaction():
        if sent:
            wh.execute(
                f"update {MESSAGES} set status = 'sent', sent_at = queued_at, reason = '{_SAID}' where {messages}"
            )
        else:
            wh.execute(f"delete from {MESSAGES} where {messages}")  # queued anew when it is sent
        wh.execute(
            f"insert into {LOG} ({_COPIED}, status, code, message) select {_COPIED}, ?, 'decided', '{_SAID}' "
            f"from {LOG} as u where {this} and not exists (select 1 from {LOG} as d "
            "where d.plan_id = u.plan_id and d.op_id = u.op_id and d.code = 'decided')",
            ["delivered" if sent else "released"],
        )
        if sent:
            wh.execute(
                f"update {_LEDGER} set status = 'delivered', held = true, row_hash = attempted_hash, "
                f"acked_at = updated_at, code = null, message = '{_SAID}' where {this}"
            )
        else:
            wh.execute(f"delete from {_LEDGER} where {this}")
