"""Personal data that nothing is sent from any more: emptied once nobody came back to it for 30 days.

A removal needs an address, so the ledger keeps one as long as the removal is owed. Two kinds are owed no more: a
removal that the destination refused for good, unless a person lets it go again (`heddle sync retry --quarantined`), and
whatever belongs to a sync whose file was deleted, unless the file comes back. The rows stay, and say that they were
given up; what the destination gave for them (ids) stays too. One that is wanted again is sent anew, and with that its
address is known again. A message is never taken back: ledgers of before kept the address for it. Times are instants of
runs.
"""

from datetime import datetime, timedelta

from activations.fold import MESSAGES, PLAN, WAITING
from activations.ledger import SCHEMA
from activations.syncs import FOLDER
from heddle.settings import Settings
from heddle.warehouse import Warehouse, literal

_KEPT_FOR = timedelta(days=30)
_LEDGER = f"{SCHEMA}.activation_ledger"


def forget_given_up(wh: Warehouse, settings: Settings, as_of: datetime) -> int:
    """How many rows were emptied. A sync of a group that is not enabled, or whose file has faults, keeps everything."""
    before = f"timestamp '{(as_of - _KEPT_FOR).isoformat(sep=' ')}'"
    refused = f"attempted_action = 'remove' and status = 'rejected' and retry_at is null and updated_at < {before}"
    deleted = ", ".join(map(literal, _deleted(wh, settings, before))) or "''"
    with wh.transaction():
        emptied = wh.execute(
            f"update {_LEDGER} set payload = null, identifier = null, row_hash = null, field_hashes = null "
            f"where (payload is not null or identifier is not null) and held and ({refused} or sync in ({deleted}))"
        )
        emptied += wh.execute(
            f"update {_LEDGER} set payload = null "
            f"where payload is not null and sync in (select distinct sync from {MESSAGES})"
        )
        for table in (PLAN, WAITING):
            emptied += wh.execute(
                f"update {table} set payload = null, removal = null "
                f"where sync in ({deleted}) and (payload is not null or removal is not null)"
            )
    return emptied


def _deleted(wh: Warehouse, settings: Settings, before: str) -> list[str]:
    """Syncs without a file in any group, whose last run is that old."""
    files = {path.stem for path in (settings.root / FOLDER).glob("*/*.yml")}
    found = wh.query(f"select sync from {SCHEMA}.activation_runs group by sync having max(as_of) < {before}")
    return sorted(set(map(str, found.column("sync").to_pylist())) - files)
