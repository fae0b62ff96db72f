"""The only door between Python and the warehouse: statements in, Arrow out; one small module per engine."""

from heddle.warehouse.contract import Warehouse
from heddle.warehouse.init import prepare_warehouse
from heddle.warehouse.lock import run_lock
from heddle.warehouse.open import open_warehouse
from heddle.warehouse.publish import publish
from heddle.warehouse.quote import column_list, identifier, literal, qualified

__all__ = [
    "Warehouse",
    "column_list",
    "identifier",
    "literal",
    "open_warehouse",
    "prepare_warehouse",
    "publish",
    "qualified",
    "run_lock",
]
