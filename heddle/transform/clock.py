"""The instant of a run, where dbt models read it: the one row of heddle.clock (macro `as_of()`)."""

from datetime import datetime

from heddle.settings import naive_utc
from heddle.warehouse import Warehouse


def set_clock(warehouse: Warehouse, as_of: datetime) -> None:
    """Makes `as_of` the instant of every model that runs from here on. An aware time is taken to UTC."""
    with warehouse.transaction():
        warehouse.execute("create schema if not exists heddle")
        warehouse.execute("create table if not exists heddle.clock (as_of timestamp not null)")
        warehouse.execute("delete from heddle.clock")
        warehouse.execute("insert into heddle.clock values (?)", [naive_utc(as_of)])
