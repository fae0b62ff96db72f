"""Rows that were rejected, let go before their time: a person has repaired what was wrong."""

from activations.difference import SENT_BEFORE
from activations.ledger import SCHEMA
from heddle.warehouse import Warehouse

_LEDGER = f"{SCHEMA}.activation_ledger"


def retry_rows(wh: Warehouse, sync: str, quarantined: bool = False) -> int:
    """The next plan of `sync` has the rows whose back-off has not ended; with `quarantined` those that were given up as
    well, with a fresh count of attempts. The number of rows; nothing is sent here."""
    waiting = wh.execute(
        f"update {_LEDGER} set retry_at = updated_at "
        "where sync = ? and status = 'rejected' and retry_at is not null and retry_at > updated_at",
        [sync],
    )
    if not quarantined:
        return waiting
    return waiting + wh.execute(
        f"update {_LEDGER} set status = 'released', attempts = 0, attempted_hash = null "
        "where sync = ? and status in ('rejected', 'skipped') and retry_at is null and coalesce(code, '') <> ?",
        [sync, SENT_BEFORE],
    )
