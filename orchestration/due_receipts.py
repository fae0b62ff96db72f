"""Receipts whose time has come while there is nothing else to do: asked about without a run of the job."""

from activations import due_receipts, load_syncs, poll_sync
from heddle.errors import HeddleError
from heddle.ingestion import declared_tables, resolve_as_of
from heddle.settings import Settings
from heddle.warehouse import open_warehouse, publish
from orchestration.progress import Told


def settle_due_receipts(settings: Settings, told: Told) -> None:
    """Asks the destinations and publishes what they said; `told` hears it. One that cannot answer keeps its receipts
    open and is asked again later. Sends nothing."""
    with open_warehouse(settings) as wh:
        if not due_receipts(wh):
            return
        as_of = resolve_as_of(settings, declared_tables(settings))
        for sync in load_syncs(settings).syncs:
            try:
                polled = poll_sync(wh, settings, sync, as_of)
            except HeddleError as error:
                told(f"receipts of {sync.sync}: {error.what}", 0, 0)
                continue
            if polled.outcomes:
                said = ", ".join(f"{rows:,} {status}" for status, rows in sorted(polled.outcomes.items()))
                told(f"receipts of {sync.sync}: {said}", 0, 0)
    publish(settings)
