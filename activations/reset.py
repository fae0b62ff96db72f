"""Forgetting what a destination acknowledged, for when it was emptied or replaced behind our back."""

from dataclasses import dataclass

from activations.delivered import complete_log
from activations.desired_sql import DESIRED, desired, twins
from activations.fold import RECEIPTS, WAITING
from activations.ledger import SCHEMA, count_rows
from activations.source import source_relation
from activations.sync_file import Sync
from activations.syncs import open_sync
from heddle.errors import SyncError
from heddle.settings import Settings
from heddle.warehouse import Warehouse


@dataclass(frozen=True)
class Forgetting:
    """What a reset means: rows known to be there, rows that would be sent anew, rows that stay there unknown to us."""

    sync: str
    kind: str
    held: int
    sent_again: int
    left_behind: int


def forgetting(wh: Warehouse, settings: Settings, sync: Sync) -> Forgetting:
    """Looks, changes nothing."""
    opened = open_sync(settings, sync)
    try:
        with wh.transaction():
            wh.execute(desired(source_relation(wh, opened.mapping), opened.mapping))
            twins(wh)
            wanted = "heddle_suppressed is null and heddle_invalid is null"
            again = count_rows(wh, f"select count(*) from {DESIRED} where {wanted}")
            held = count_rows(
                wh, f"select count(*) from {SCHEMA}.activation_ledger where sync = ? and held", [sync.sync]
            )
            stay = count_rows(
                wh,
                f"select count(*) from {SCHEMA}.activation_ledger where sync = ? and held "
                f"and key_hash not in (select heddle_key from {DESIRED} where heddle_key is not null and {wanted})",
                [sync.sync],
            )
    finally:
        opened.connector.close()
    return Forgetting(sync.sync, opened.spec.kind, held, again, stay)


def reset_sync(wh: Warehouse, settings: Settings, sync: Sync, send_again: bool = False) -> Forgetting:
    """Forgets everything that was acknowledged: the next run is a full resync. Messages are sent again only where
    `send_again` says so; the log, which is history, stays."""
    found = forgetting(wh, settings, sync)
    if found.kind == "message" and not send_again:
        raise SyncError(
            f"{sync.sync} sends messages: after a reset {found.sent_again} people get one again",
            sync.where(),
            "add --send-again if that is what you want",
        )
    for run in wh.query(f"select plan_id from {SCHEMA}.activation_runs where sync = ?", [sync.sync]).to_pylist():
        complete_log(wh, run["plan_id"])
    with wh.transaction():
        for table in ("activation_ledger", "activation_plan", "activation_in_flight"):
            wh.execute(f"delete from {SCHEMA}.{table} where sync = ?", [sync.sync])
        wh.execute(f"delete from {WAITING} where sync = ?", [sync.sync])
        wh.execute(
            f"update {RECEIPTS} set status = 'settled', error = 'reset' where sync = ? and status = 'pending'",
            [sync.sync],
        )
        wh.execute(
            f"update {SCHEMA}.activation_runs set status = 'superseded' "
            "where sync = ? and status in ('planned', 'blocked', 'running', 'stopped')",
            [sync.sync],
        )
    return found
