"""Addresses that a destination refused for good, as the plans of every sync of the channel look for them."""

import json
from collections.abc import Sequence
from datetime import datetime

import pyarrow as pa

from activations.desired_sql import SUPPRESSIONS
from activations.outcomes import Outcome, Rejected
from activations.sync_checks import refusable_field
from activations.syncs import OpenSync
from heddle.warehouse import Warehouse, literal


def suppress_refused(
    wh: Warehouse, opened: OpenSync, rows: pa.Table, outcomes: Sequence[Outcome], payloads: str, as_of: datetime
) -> None:
    """`rows` have op_ids, in the order of `outcomes`; `payloads` selects op_id and payload. A row without the address
    (its sync maps another column by now) suppresses nothing."""
    sync, spec = opened.sync, opened.spec
    column = refusable_field(sync, spec)
    if not column:
        return
    address = f"lower(trim(payload ->> {literal(f'$.{json.dumps(column)}')}))"
    for op_id, outcome in zip(rows.column("op_id").to_pylist(), outcomes, strict=True):
        if isinstance(outcome, Rejected) and outcome.suppress:
            wh.execute(
                f"insert into {SUPPRESSIONS} select ?, md5({address}), ?, ?, ? from ({payloads}) as r "
                f"where op_id = ? and {address} is not null",
                [sync.channel or spec.channel, outcome.code, sync.sync, as_of, op_id],
            )
