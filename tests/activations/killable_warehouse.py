"""A warehouse that dies at a chosen statement, as the process would."""

from collections.abc import Iterator
from contextlib import AbstractContextManager
from typing import Any

from heddle.warehouse import Warehouse


class Killed(BaseException):
    """Not an Exception: nothing may handle it."""


class KillableWarehouse:
    """Counts statements; raises Killed before the one whose turn it is, and before all after it."""

    def __init__(self, warehouse: Warehouse, after: int) -> None:
        self._warehouse, self._left = warehouse, after
        self.dialect = warehouse.dialect

    def __getattr__(self, name: str) -> Any:
        return getattr(self._warehouse, name)

    @property
    def dead(self) -> bool:
        return self._left < 0

    def tick(self) -> None:
        """One thing more that happens; from the fatal one on nothing does."""
        self._left -= 1
        if self._left < 0:
            raise Killed

    def execute(self, *args: Any) -> int:
        self.tick()
        return self._warehouse.execute(*args)

    def append(self, *args: Any) -> int:
        self.tick()
        return self._warehouse.append(*args)

    def scalar(self, *args: Any) -> object:
        self.tick()
        return self._warehouse.scalar(*args)

    def stream(self, *args: Any) -> Iterator[Any]:
        self.tick()
        return self._warehouse.stream(*args)

    def transaction(self) -> AbstractContextManager[None]:
        return self._warehouse.transaction()
