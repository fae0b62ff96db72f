"""From a desired state in the warehouse to a destination that acknowledged it."""

from activations.ledger import ensure_tables
from activations.plan import Plan
from activations.run import RunResult, apply_plan, plan_sync, run_sync
from activations.sync_file import Sync
from activations.syncs import SyncSet, load_syncs
from activations.waiting import waiting_deliveries
from activations.yaml_file import Fault

__all__ = [
    "Fault",
    "Plan",
    "RunResult",
    "Sync",
    "SyncSet",
    "apply_plan",
    "ensure_tables",
    "load_syncs",
    "plan_sync",
    "run_sync",
    "waiting_deliveries",
]
