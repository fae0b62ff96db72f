"""A warehouse that dies at a chosen statement, as the process would."""

from collections.abc import Iterator
from contextlib import AbstractContextManager
from typing import Any

from heddle.warehouse import Warehouse


class Killed(BaseException):
    """Not an Exception: nothing may handle it."""


class KillableWarehouse:
    """Counts statements; raises Killed before the one whose turn it is."""

    def __init__(self, warehouse: Warehouse, after: int) -> None:
        self._warehouse, self._left = warehouse, after
        self.dialect = warehouse.dialect

    def __getattr__(self, name: str) -> Any:
        return getattr(self._warehouse, name)

    def _tick(self) -> None:
        self._left -= 1
        if self._left < 0:
            raise Killed

    def execute(self, *args: Any) -> int:
        self._tick()
        return self._warehouse.execute(*args)

    def append(self, *args: Any) -> int:
        self._tick()
        return self._warehouse.append(*args)

    def stream(self, *args: Any) -> Iterator[Any]:
        self._tick()
        return self._warehouse.stream(*args)

    def transaction(self) -> AbstractContextManager[None]:
        return self._warehouse.transaction()
