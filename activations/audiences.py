"""The audience at the destination: created when missing, its ids remembered."""

import json
from collections.abc import Mapping
from dataclasses import replace

from activations.accounts import Clock
from activations.contract import Connector, Target
from activations.ledger import SCHEMA
from heddle.warehouse import Warehouse

_AUDIENCES = f"{SCHEMA}.activation_audiences"


def known_ids(wh: Warehouse, account: str, target: Target) -> Mapping[str, str]:
    """What the destination called the audience; empty before it was made."""
    found = wh.scalar(
        f"select cast(ids as varchar) from {_AUDIENCES} where account = ? and object = ? and audience = ?",
        [account, target.object, target.audience],
    )
    return dict(json.loads(str(found))) if found else {}


def ensured(wh: Warehouse, connector: Connector, target: Target, clock: Clock) -> Target:
    """The target with the ids of its audience, which exists from here on. Raises StopSync or RetryLater."""
    account = connector.account()
    known = known_ids(wh, account, target)
    ids = dict(connector.ensure_audience(replace(target, ids=known)))
    if ids != known:
        key = [account, target.object, target.audience]
        with wh.transaction():
            wh.execute(f"delete from {_AUDIENCES} where account = ? and object = ? and audience = ?", key)
            wh.execute(f"insert into {_AUDIENCES} values (?, ?, ?, ?, ?)", [*key, json.dumps(ids), clock()])
    return replace(target, ids=ids)
