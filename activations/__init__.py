"""From a desired state in the warehouse to a destination that acknowledged it."""

from activations.connection_checks import ConnectionCheck, check_connections
from activations.decide import decide_rows
from activations.destinations import load_destinations
from activations.ledger import ensure_tables
from activations.plan import Plan
from activations.receipts import Polled
from activations.reset import Forgetting, forgetting, reset_sync
from activations.retry_rows import retry_rows
from activations.row_history import RowHistory, former_ids, row_history
from activations.rows_in_state import STATES, StateRow, rows_in_state
from activations.run import apply_plan, plan_sync, poll_sync, preview_sync, run_sync
from activations.run_result import RunResult
from activations.side_by_side import Ended, run_side_by_side
from activations.sync_file import Sync
from activations.sync_status import AccountStatus, SyncStatus, account_statuses, sync_statuses
from activations.syncs import SyncSet, answers_later, load_syncs
from activations.waiting import due_receipts, waiting_deliveries
from activations.yaml_file import Fault

__all__ = [
    "STATES",
    "AccountStatus",
    "ConnectionCheck",
    "Ended",
    "Fault",
    "Forgetting",
    "Plan",
    "Polled",
    "RowHistory",
    "RunResult",
    "StateRow",
    "Sync",
    "SyncSet",
    "SyncStatus",
    "account_statuses",
    "answers_later",
    "apply_plan",
    "check_connections",
    "decide_rows",
    "due_receipts",
    "ensure_tables",
    "forgetting",
    "former_ids",
    "load_destinations",
    "load_syncs",
    "plan_sync",
    "poll_sync",
    "preview_sync",
    "reset_sync",
    "retry_rows",
    "row_history",
    "rows_in_state",
    "run_side_by_side",
    "run_sync",
    "sync_statuses",
    "waiting_deliveries",
]
